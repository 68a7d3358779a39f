"""What the peer in Python needs to measure a workload: see bench/harness/measure.h."""
import os
import threading
import time


def report(name, metric, value, unit):
    print(name, metric, "%.6g" % value, unit)


def percentile(values, percent):
    values = sorted(values)
    return values[len(values) * percent // 100]


def ns_per_operation(count, batch):
    times = []
    for _ in range(7):
        start = time.monotonic_ns()
        batch(count)
        times.append((time.monotonic_ns() - start) / count)
    return percentile(times, 50)


def run_together(threads, split, body):
    """Run body(index) in threads that start together; the caller goes on with what this returns: a function to join."""
    start = threading.Barrier(threads + 1)
    cpus = sorted(os.sched_getaffinity(0))

    def member(index):
        if split:
            os.sched_setaffinity(0, {cpus[index % len(cpus)]})
        start.wait()
        body(index)

    members = [threading.Thread(target=member, args=(i,)) for i in range(threads)]
    for one in members:
        one.start()
    start.wait()
    return lambda: [one.join() for one in members]
