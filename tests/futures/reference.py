"""reference.py CASES - runs each line of CASES, a little program, with CPython's concurrent.futures, and prints what
happens, word by word. test_against_python.c has the same programs in thrum.

A line begins with "bare", four futures of nobody's, or "pool", a ThreadPoolExecutor of one thread. Then come the steps,
each "name:a:b". In a pool the thread is kept busy until the step "open".
"""
import concurrent.futures as futures
import logging
import sys
import threading

MODES = [futures.ALL_COMPLETED, futures.FIRST_COMPLETED, futures.FIRST_EXCEPTION]
ERRORS = [ValueError, FileNotFoundError]


class Log(logging.Handler):
    def emit(self, record):
        words.append("log")


def attempt(function, *args, **kwargs):
    """What a call gives, or the name of what it raises."""
    try:
        return str(function(*args, **kwargs))
    except BaseException as error:
        return type(error).__name__


def callback(number):
    def call(future):
        words.append(f"called{number}")
        if number % 2:
            raise ValueError
    return call


def work(value):
    if value < 0:
        raise ERRORS[-value - 1]
    return value


class Program:
    def __init__(self):
        self.fs = []

    def chosen(self, mask, doubled):
        some = [f for i, f in enumerate(self.fs) if mask >> i & 1]
        return some + some[:doubled]

    def numbers(self, fs):
        return ",".join(str(i) for i, f in enumerate(self.fs) if f in fs)

    def ask(self, i, _):
        f = self.fs[i]
        return f"{f.running():d}{f.cancelled():d}{f.done():d}"

    def cancel(self, i, _):
        return attempt(self.fs[i].cancel)

    def callback(self, i, number):
        self.fs[i].add_done_callback(callback(number))

    def result(self, i, _):
        return attempt(self.fs[i].result, timeout=0)

    def exception(self, i, _):
        def name():
            error = self.fs[i].exception(timeout=0)
            return type(error).__name__ if error else None
        return attempt(name)

    def wait(self, mask, mode):
        done, left = futures.wait(self.chosen(mask, mode % 2), timeout=0, return_when=MODES[mode % 3])
        return f"{self.numbers(done)}/{self.numbers(left)}"

    def each(self, mask, doubled):
        given = []
        try:
            for f in futures.as_completed(self.chosen(mask, doubled % 2), timeout=0):
                given.append(f)
            end = "end"
        except futures.TimeoutError as error:
            end = str(error).replace(" ", "_")
        return f"{self.numbers(given)}/{end}"

    def finish(self):
        pass


class Bare(Program):
    def __init__(self):
        self.fs = [futures.Future() for _ in range(4)]

    def state(self, i, _):
        return self.fs[i]._state

    def begin(self, i, _):
        return attempt(self.fs[i].set_running_or_notify_cancel)

    def set(self, i, value):
        if value < 0:
            return attempt(self.fs[i].set_exception, ERRORS[-value - 1]())
        return attempt(self.fs[i].set_result, value)


class Pool(Program):
    def __init__(self):
        self.fs = []
        self.gate = threading.Event()
        self.over = False
        self.ex = futures.ThreadPoolExecutor(max_workers=1)
        begun = threading.Event()
        self.ex.submit(lambda: (begun.set(), self.gate.wait()))
        begun.wait()

    def settle(self):
        """All that was submitted, and the callbacks, are over."""
        if self.over:
            self.ex.shutdown()
        else:
            self.ex.submit(work, 0).result()

    def submit(self, value, _):
        def submit():
            self.fs.append(self.ex.submit(work, value))
            return "submitted"
        try:
            submitted = submit()
        except RuntimeError as error:
            return str(error).replace(" ", "_")
        if self.gate.is_set():
            self.settle()
        return submitted

    def open(self, _a, _b):
        self.gate.set()
        self.settle()

    def map(self, count, failing):
        given = []
        try:
            for value in self.ex.map(work, [-1 if i == failing else i for i in range(count)]):
                given.append(str(value))
        except Exception as error:
            given.append(type(error).__name__)
        return ",".join(given)

    def shutdown(self, cancel, _):
        self.over = True
        self.ex.shutdown(wait=False, cancel_futures=bool(cancel))

    def finish(self):
        self.open(0, 0)
        self.ex.shutdown()
        for i in range(len(self.fs)):
            words.append(self.ask(i, 0))
            words.append(self.result(i, 0))


logging.getLogger("concurrent.futures").addHandler(Log())
logging.getLogger("concurrent.futures").propagate = False
for line in open(sys.argv[1], encoding="ascii"):
    kind, *steps = line.split()
    words = []
    program = Bare() if kind == "bare" else Pool()
    for step in steps:
        name, a, b = step.split(":")
        word = getattr(program, name)(int(a), int(b))
        if word is not None:
            words.append(word)
    program.finish()
    print(*words, flush=True)
