"""CPython's modules queue, sched and concurrent.futures: handing work to threads, now or later."""
import concurrent.futures
import queue
import sched
import threading
import time

from python3_measure import report, run_together


def contest(name, items, producers, consumers, count):
    """Returns the seconds that `count` items take from producers to consumers."""
    began, ended, sums = [], [], []

    def member(index):
        began.append(time.monotonic())
        if index < producers:
            for item in range(count // producers * index + 1, count // producers * (index + 1) + 1):
                items.put(item)
        else:
            sums.append(sum(items.get() for _ in range(count // consumers)))
        ended.append(time.monotonic())

    run_together(producers + consumers, name.endswith("@split"), member)()
    assert sum(sums) == count * (count + 1) // 2
    return max(ended) - min(began)


def queue_shape(producers, consumers, capacity, count):
    def run(name):
        took = contest(name, queue.Queue(capacity), producers, consumers, count)
        report(name, "rate", count / took / 1e6, "M/s")
    return run


def handoff(name):
    count = 4000
    report(name, "time", contest(name, queue.Queue(1), 1, 1, count) / count * 1e9, "ns")


def simple_shape(producers, consumers):
    def run(name):
        count = 200000
        took = contest(name, queue.SimpleQueue(), producers, consumers, count)
        report(name, "rate", count / took / 1e6, "M/s")
    return run


def priority_times():
    """Nanoseconds per put and get of a million items."""
    count, key, items = 1000000, 1, queue.PriorityQueue()
    start = time.monotonic_ns()
    for _ in range(count):
        key = key * 6364136223846793005 + 1442695040888963407 & 0xFFFFFFFFFFFFFFFF
        items.put(key)
    middle = time.monotonic_ns()
    for _ in range(count):
        items.get()
    return (middle - start) / count, (time.monotonic_ns() - middle) / count


def priority_put(name):
    report(name, "time", priority_times()[0], "ns")


def priority_get(name):
    report(name, "time", priority_times()[1], "ns")


def after(event):
    return 120 + event * 2654435761 % 4294967296 % 1080000 / 1000


def sched_enter(name):
    agenda, count = sched.scheduler(), 200000
    start = time.monotonic_ns()
    for event in range(count):
        agenda.enter(after(event), 0, int)
    report(name, "time", (time.monotonic_ns() - start) / count, "ns")


def sched_cancel(name):
    """Cancelling looks at all events, so there are a thousandth as many."""
    agenda, count = sched.scheduler(), 1000
    events = [agenda.enter(after(event), 0, int) for event in range(count)]
    start = time.monotonic_ns()
    for event in events:
        agenda.cancel(event)
    report(name, "time", (time.monotonic_ns() - start) / count, "ns")


def sched_run(name):
    agenda, count = sched.scheduler(), 20000
    for event in range(count):
        agenda.enter(after(event) % 0.2, 0, int)
    time.sleep(0.2)
    start = time.monotonic_ns()
    agenda.run()
    report(name, "time", (time.monotonic_ns() - start) / count, "ns")


def pool_submit(name):
    count = 20000
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        start = time.monotonic()
        futures = [pool.submit(int, i) for i in range(count)]
        concurrent.futures.wait(futures)
        took = time.monotonic() - start
    assert sum(future.result() for future in futures) == count * (count - 1) // 2
    report(name, "rate", count / took / 1e6, "M/s")


def pool_trip(name):
    count = 1000
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        pool.submit(int).result()
        start = time.monotonic_ns()
        for i in range(count):
            assert pool.submit(int, i).result() == i
        report(name, "time", (time.monotonic_ns() - start) / count, "ns")


def pool_map(name):
    """CPython does not have 4 ns; its item is one multiplication."""
    count = 20000
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        start = time.monotonic()
        assert sum(pool.map((5).__mul__, range(count))) == 5 * count * (count - 1) // 2
        report(name, "rate", count / (time.monotonic() - start) / 1e6, "M/s")


TABLE = {
    "queue.1x1": queue_shape(1, 1, 1024, 80000),
    "queue.4x1": queue_shape(4, 1, 1024, 80000),
    "queue.2x2": queue_shape(2, 2, 1024, 80000),
    "queue.4x4": queue_shape(4, 4, 1024, 80000),
    "queue.1x1.16": queue_shape(1, 1, 16, 20000),
    "queue.4x1.16": queue_shape(4, 1, 16, 20000),
    "queue.2x2.16": queue_shape(2, 2, 16, 20000),
    "queue.4x4.16": queue_shape(4, 4, 16, 20000),
    "queue.4x1.1": queue_shape(4, 1, 1, 8000),
    "queue.2x2.1": queue_shape(2, 2, 1, 8000),
    "queue.4x4.1": queue_shape(4, 4, 1, 8000),
    "queue.handoff": handoff,
    "queue.handoff@1cpu": handoff,
    "queue.handoff@split": handoff,
    "simple.1x1": simple_shape(1, 1),
    "simple.4x1": simple_shape(4, 1),
    "simple.4x4": simple_shape(4, 4),
    "priority.put": priority_put,
    "priority.get": priority_get,
    "sched.enter": sched_enter,
    "sched.cancel": sched_cancel,
    "sched.run": sched_run,
    "pool.submit": pool_submit,
    "pool.trip": pool_trip,
    "pool.map": pool_map,
}
