#!/usr/bin/env python3
"""CPython: the modules threading and subprocess, and those of python3_work.py. The workloads are those of bench/workloads/, with fewer operations.

What CPython does for 70 ns is one multiplication, so that is its work inside a lock.
"""
import os
import mmap
import subprocess
import sys
import threading
import time

from python3_measure import ns_per_operation, percentile, report, run_together
import python3_work


def lock_pair(name):
    lock = threading.Lock()

    def batch(count):
        for _ in range(count):
            lock.acquire()
            lock.release()

    report(name, "time", ns_per_operation(50000, batch), "ns")


def contended(threads, work, split=False):
    def run(name):
        lock = threading.Lock()
        shares = [0] * threads
        state = [1]
        stop = []

        def empty(index):
            while not stop:
                lock.acquire()
                lock.release()
                shares[index] += 1

        def multiply(index):
            while not stop:
                lock.acquire()
                state[0] = state[0] * 5 & 0xFFFF
                lock.release()
                shares[index] += 1

        join = run_together(threads, split, multiply if work else empty)
        start = time.monotonic()
        time.sleep(0.25)
        stop.append(True)
        took = time.monotonic() - start
        join()
        report(name, "rate", sum(shares) / took / 1e6, "M/s")
        report(name, "fairness", min(shares) / max(shares), "share")

    return run


def rlock_levels(name):
    lock = threading.RLock()

    def batch(count):
        for _ in range(count):
            lock.acquire()
            lock.acquire()
            lock.release()
            lock.release()

    report(name, "time", ns_per_operation(20000, batch), "ns")


def semaphore_pair(name):
    semaphore = threading.Semaphore(0)

    def batch(count):
        for _ in range(count):
            semaphore.release()
            semaphore.acquire()

    report(name, "time", ns_per_operation(10000, batch), "ns")


def pingpong(name, count, play_round):
    rounds = count // 2
    took = []

    def side(index):
        for _ in range(50):
            play_round(index)
        start = time.monotonic_ns()
        for _ in range(rounds):
            play_round(index)
        if index == 0:
            took.append(time.monotonic_ns() - start)

    run_together(2, name.endswith("@split"), side)()
    report(name, "time", took[0] / (2 * rounds), "ns")


def semaphore_pingpong(name):
    turns = [threading.Semaphore(0), threading.Semaphore(0)]

    def play_round(side):
        if side == 0:
            turns[1].release()
            turns[0].acquire()
        else:
            turns[1].acquire()
            turns[0].release()

    pingpong(name, 4000, play_round)


def condition_pingpong(name):
    lock = threading.Lock()
    turns = [threading.Condition(lock), threading.Condition(lock)]
    turn = [0]

    def play_round(side):
        with lock:
            while turn[0] != side:
                turns[side].wait()
            turn[0] = 1 - side
            turns[1 - side].notify()

    pingpong(name, 4000, play_round)


def event_wake(name):
    wakes = 500
    event = threading.Event()
    took = []
    asleep = [0]
    set_at = [0]

    def side(index):
        for i in range(wakes):
            if index == 1:
                asleep[0] = i + 1
                event.wait()
                took.append(time.monotonic_ns() - set_at[0])
                event.clear()
                continue
            time.sleep(80e-6)
            while asleep[0] <= i:
                time.sleep(80e-6)
            time.sleep(80e-6)
            set_at[0] = time.monotonic_ns()
            event.set()

    run_together(2, name.endswith("@split"), side)()
    report(name, "p50", percentile(took, 50), "ns")
    report(name, "p99", percentile(took, 99), "ns")


def barrier_crossings(threads, count):
    def run(name):
        barrier = threading.Barrier(threads)

        def cross(_):
            for _ in range(count):
                barrier.wait()

        join = run_together(threads, False, cross)
        start = time.monotonic()
        join()
        report(name, "rate", count / (time.monotonic() - start) / 1e3, "k/s")

    return run


def thread_start_join(name):
    def batch(count):
        for _ in range(count):
            thread = threading.Thread(target=int)
            thread.start()
            thread.join()

    report(name, "time", ns_per_operation(100, batch) / 1e3, "us")


def timers_once(count):
    """Mean times to start and to cancel, and how many threads more there were: CPython starts one for each timer."""
    tasks = lambda: len(os.listdir("/proc/self/task"))
    before = tasks()
    timers = [threading.Timer(120 + i, int) for i in range(count)]
    start = time.monotonic_ns()
    for timer in timers:
        timer.start()
    middle = time.monotonic_ns()
    more = tasks() - before
    cancel = time.monotonic_ns()
    for timer in timers:
        timer.cancel()
    end = time.monotonic_ns()
    for timer in timers:
        timer.join()
    return (middle - start) / count, (end - cancel) / count, more


def timer_start(name):
    report(name, "time", percentile([timers_once(100)[0] for _ in range(5)], 50), "ns")


def timer_cancel(name):
    report(name, "time", percentile([timers_once(100)[1] for _ in range(5)], 50), "ns")


def beside(name):
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), name)


def start_and_wait(program, count=500, **asked):
    def run(name):
        times = []
        for _ in range(count):
            start = time.monotonic_ns()
            with subprocess.Popen([program], **asked) as child:
                child.wait()
            times.append((time.monotonic_ns() - start) / 1e3)
        report(name, "time", percentile(times, 50), "us")
    return run


def start_large(name):
    memory = mmap.mmap(-1, 4 << 30)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    for at in range(0, 4 << 30, 4096):
        memory[at] = 1
    start_and_wait("/bin/true", 40)(name)


def capture(name):
    rates = []
    for _ in range(5):
        start = time.monotonic_ns()
        size = len(subprocess.check_output([beside("bench-pour")]))
        rates.append(size / ((time.monotonic_ns() - start) / 1e9) / 1e6)
    report(name, "first", rates[0], "MB/s")
    report(name, "rate", percentile(rates, 50), "MB/s")


def process_wake(name):
    times, released = [], [0]

    def release(child):
        time.sleep(0.003)
        released[0] = time.monotonic_ns()
        child.stdin.close()

    for _ in range(100):
        child = subprocess.Popen([beside("bench-nothing"), "linger"], stdin=subprocess.PIPE)
        thread = threading.Thread(target=release, args=(child,))
        thread.start()
        child.wait(100)
        times.append((time.monotonic_ns() - released[0]) / 1e3)
        thread.join()
    report(name, "p50", percentile(times, 50), "us")
    report(name, "p99", percentile(times, 99), "us")


ASKED = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": "/",
         "env": {"A": "1", "B": "2"}, "start_new_session": True}

TABLE = {
    "lock.pair": lock_pair,
    "lock.empty.1": contended(1, False),
    "lock.empty.2": contended(2, False),
    "lock.empty.4": contended(4, False),
    "lock.empty.8": contended(8, False),
    "lock.empty.2@split": contended(2, False, True),
    "lock.work.2": contended(2, True),
    "lock.work.8": contended(8, True),
    "lock.work.2@split": contended(2, True, True),
    "rlock.levels": rlock_levels,
    "semaphore.pair": semaphore_pair,
    "semaphore.pingpong": semaphore_pingpong,
    "semaphore.pingpong@1cpu": semaphore_pingpong,
    "semaphore.pingpong@split": semaphore_pingpong,
    "condition.pingpong": condition_pingpong,
    "condition.pingpong@1cpu": condition_pingpong,
    "condition.pingpong@split": condition_pingpong,
    "event.wake": event_wake,
    "event.wake@split": event_wake,
    "barrier.2": barrier_crossings(2, 2000),
    "barrier.8": barrier_crossings(8, 500),
    "thread.start_join": thread_start_join,
    "timer.start": timer_start,
    "timer.cancel": timer_cancel,
    "process.true": start_and_wait("/bin/true", 200),
    "process.true@4g": start_large,
    "process.static": start_and_wait(beside("bench-nothing")),
    "process.asked": start_and_wait(beside("bench-nothing"), **ASKED),
    "process.capture": capture,
    "process.wake": process_wake,
    **python3_work.TABLE,
}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: peer-python3 --list | WORKLOAD")
    if sys.argv[1] == "--list":
        print("\n".join(TABLE))
    else:
        TABLE[sys.argv[1]](sys.argv[1])


main()
