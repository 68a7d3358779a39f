"""test_count_tests.py - the sums that .ci/run prints: nothing that failed is left out, nothing is counted twice."""
import json
import os
import subprocess
import sys
import tempfile

from tap import check, run, test

SCRIPT = os.path.join(os.environ["SOURCE_ROOT"], "scripts/count-tests")


def count(*records):
    """What count-tests says of a log with these records: (exit status, stdout)."""
    with tempfile.TemporaryDirectory() as build:
        os.mkdir(os.path.join(build, "meson-logs"))
        with open(os.path.join(build, "meson-logs/testlog.json"), "w", encoding="utf-8") as log:
            for result, stdout in records:
                log.write(json.dumps({"name": "x", "result": result, "stdout": stdout}) + "\n")
        done = subprocess.run([sys.executable, SCRIPT, build], capture_output=True, text=True)
        return done.returncode, done.stdout.strip()


def gives(expected, *records):
    got = count(*records)
    check(got == (0, expected), f"{got} is not {expected!r}")


@test
def lines_of_tap():
    gives("2 0 0", ("OK", "ok 1 - a\nok 2 - b\n1..2\n"))
    gives("1 1 1", ("FAIL", "ok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP no such thing\n1..3\n"))


@test
def programs_without_tap():
    gives("1 0 0", ("OK", ""))
    gives("0 1 0", ("FAIL", "something went wrong\n"))
    gives("0 0 1", ("SKIP", ""))


@test
def a_bad_end_is_a_failure():
    gives("1 1 0", ("ERROR", "ok 1 - a\n"))
    gives("1 1 0", ("TIMEOUT", "ok 1 - a\n"))
    gives("0 1 0", ("ERROR", "not ok 1 - a\n"))
    gives("0 1 0", ("UNEXPECTEDPASS", ""))


@test
def sums():
    gives("3 1 0", ("OK", "ok 1 - a\nok 2 - b\n"), ("FAIL", "not ok 1 - a\n"), ("OK", ""))


@test
def nothing_is_no_success():
    check(count()[0] != 0, "an empty log was accepted")
    done = subprocess.run([sys.executable, SCRIPT, "/nonexistent"], capture_output=True, text=True)
    check(done.returncode != 0 and "nonexistent" in done.stderr, "a missing log was accepted")


run()
