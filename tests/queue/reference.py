"""Do with CPython's queues what test_against_python.c does with thrum's.

Each line of the file named is a program: the kind of queue, its maxsize, and steps of a letter and a number. The answer is a
line too: for each step its letter and what it gave or raised, and in brackets the threads that it released, with what they
got.
"""
import queue
import sys
import threading
import time

KINDS = [queue.Queue, queue.LifoQueue, queue.PriorityQueue, lambda maxsize: queue.SimpleQueue()]
SIMPLE = 3
MOST_THREADS = 8


def outcome(function, *args, **kwargs):
    try:
        result = function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__
    return "ok" if result is None else f"={result}"


class Waiter:
    """A thread that waits for an item (a), for a place (A), or for the last task (J)."""

    def __init__(self, number, letter, function, *args):
        self.number, self.letter, self.result = number, letter, None
        self.thread = threading.Thread(target=self.run, args=(function, *args), daemon=True)
        self.thread.start()

    def run(self, function, *args):
        self.result = outcome(function, *args)


class Program:
    def __init__(self, kind, maxsize):
        self.kind, self.queue = kind, KINDS[kind](maxsize)
        self.waiting, self.threads, self.words = [], 0, []

    def say(self, word):
        self.words.append(word)

    def waits_for(self, letter):
        return any(waiter.letter == letter for waiter in self.waiting)

    def settle(self):
        """Until each thread that was released has ended, and each other sleeps; then say who was released."""
        q = self.queue
        while True:
            asleep = sum(len(side._waiters) for side in (q.not_empty, q.not_full, q.all_tasks_done))
            if asleep == sum(waiter.thread.is_alive() for waiter in self.waiting):
                break
            time.sleep(0)
        for waiter in [waiter for waiter in self.waiting if not waiter.thread.is_alive()]:
            self.say(f"[{waiter.number} {waiter.result}]")
            self.waiting.remove(waiter)

    def start_waiter(self, letter, number):
        q = self.queue
        is_shutdown = letter != "J" and getattr(q, "is_shutdown", False)
        waits = {"a": q.empty, "A": lambda: q.full() and q.qsize() == q.maxsize, "J": lambda: q.unfinished_tasks > 0}[letter]()
        if not waits or is_shutdown or self.threads == MOST_THREADS:
            self.say("-")
            return
        function = {"a": q.get, "A": q.put, "J": q.join}[letter]
        self.waiting.append(Waiter(self.threads, letter, function, *[number][:letter == "A"]))
        self.threads += 1

    def sizes(self):
        q = self.queue
        if self.kind == SIMPLE:
            return f"{q.qsize()}{int(q.empty())}"
        return f"{q.qsize()}{int(q.empty())}{int(q.full())}:{q.unfinished_tasks}"

    def step(self, letter, number):
        q = self.queue
        puts = {"p": dict(block=False, timeout=-1), "z": dict(timeout=0), "P": dict(timeout=0.001), "N": dict(timeout=-1)}
        gets = {"g": dict(block=False, timeout=-1), "Z": dict(timeout=0), "G": dict(timeout=0.001), "M": dict(timeout=-1)}
        if letter in puts:
            self.say(outcome(q.put, number, **puts[letter]))
        elif letter in gets:
            self.say(outcome(q.get, **gets[letter]))
        elif letter == "d":
            self.say(outcome(q.task_done))
        elif letter == "j":
            self.say("unfinished" if q.unfinished_tasks else "joined")
            if not q.unfinished_tasks:
                q.join()
        elif letter == "m" and self.waits_for("A"):
            self.say("-")
        elif letter == "m":
            q.maxsize = number % 5
        elif letter in "xX":
            q.shutdown(immediate=letter == "X")
        elif letter == "s":
            self.say(self.sizes())
        else:
            self.start_waiter(letter, number)

    def run(self, steps):
        for step in steps:
            self.say(step[0])
            self.step(step[0], int(step[1:]))
            if self.kind != SIMPLE:
                self.settle()
        for waiter, letter in zip("aAJ", "pgd"):
            while self.waits_for(waiter):
                self.step(letter, 0)
                self.settle()
        return " " + " ".join(self.words)


with open(sys.argv[1], encoding="ascii") as programs:
    for line in programs:
        kind, maxsize, *steps = line.split()
        print(Program(int(kind), int(maxsize)).run(steps))
