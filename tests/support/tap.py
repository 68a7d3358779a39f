"""tap.py - the tests that are scripts: what test.h is to those that are programs.

    @test
    def a_name(): check(condition, "what was wrong")
    ...
    run()
"""
import sys
import traceback

_tests = []


class Skip(Exception):
    """Raised by a test that cannot run here; its text says why."""


def test(function):
    _tests.append(function)
    return function


def check(condition, message="not true"):
    if not condition:
        raise AssertionError(message)


def run():
    failures = 0
    for number, function in enumerate(_tests, 1):
        result, note = "ok", ""
        try:
            function()
        except Skip as reason:
            note = f" # SKIP {reason}"
        except Exception:
            failures += 1
            result = "not ok"
            for line in traceback.format_exc().splitlines():
                print("# " + line, file=sys.stderr)
        print(f"{result} {number} - {function.__name__}{note}", flush=True)
    print(f"1..{len(_tests)}")
    sys.exit(failures != 0)
