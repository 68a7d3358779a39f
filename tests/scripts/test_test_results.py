"""test_test_results.py - what .ci/run prints: no failure is left out, none is counted twice, and each is explained."""
import json
import os
import subprocess
import sys
import tempfile

from tap import check, run, test

SCRIPT = os.path.join(os.environ["SOURCE_ROOT"], "scripts/test-results")


def ask(what, *records):
    """What the script says of a log with these records: (exit status, stdout)."""
    with tempfile.TemporaryDirectory() as build:
        os.mkdir(os.path.join(build, "meson-logs"))
        with open(os.path.join(build, "meson-logs/testlog.json"), "w", encoding="utf-8") as log:
            for record in records:
                log.write(json.dumps(record) + "\n")
        done = subprocess.run([sys.executable, SCRIPT, what, build], capture_output=True, text=True)
        return done.returncode, done.stdout.rstrip("\n")


def record(result, stdout, stderr="", name="thrum:room / room/x"):
    return {"name": name, "result": result, "stdout": stdout, "stderr": stderr, "returncode": 1, "duration": 2.5}


def gives(expected, *records):
    got = ask("sums", *(record(*pair) for pair in records))
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
def failed_tests_are_named():
    status, said = ask("failed", record("OK", "ok 1 - a\n"), record("FAIL", "not ok 1 - b\nok 2 - c\nnot ok 3 - d\n"),
                       record("TIMEOUT", "ok 1 - a\n", name="thrum:room / room/y"))
    check(status == 0 and said == "room/x: b d\nroom/y: TIMEOUT, status 1, 2.5 s", said)
    check(ask("failed", record("OK", "ok 1 - a\n")) == (0, ""), "something failed")


@test
def why_shows_what_the_test_said():
    noise = "".join(f"a report of no interest {i}\n" for i in range(100))
    words = "# ../tests/room/test_x.c:7: a == b: 1, 2\n"
    _, said = ask("why", record("FAIL", "# b: ended by signal 6\nnot ok 1 - b\n", noise + words + noise))
    lines = said.split("\n")
    check(lines[:4] == ["room/x (FAIL, status 1, 2.5 s)", "  not ok b", "    # b: ended by signal 6", "    " + words[:-1]],
          said)
    check(len(lines) <= 16, said)


@test
def why_shows_the_end_when_nothing_tells():
    _, said = ask("why", record("FAIL", "".join(f"line {i}\n" for i in range(100))))
    check(said.endswith("line 98\n    line 99"), said)


@test
def why_is_brief():
    long = record("FAIL", "not ok 1 - b\n", "word " * 1000 + "\n" + "x\n" * 100)
    _, said = ask("why", *[long] * 20)
    lines = said.split("\n")
    check(len(lines) <= 40 and max(map(len, lines)) <= 160, said)
    check(lines[-1].startswith("and ") and lines[-1].endswith(" more that failed"), said)


@test
def nothing_is_no_success():
    check(ask("sums")[0] != 0, "an empty log was accepted")
    done = subprocess.run([sys.executable, SCRIPT, "sums", "/nonexistent"], capture_output=True, text=True)
    check(done.returncode != 0 and "nonexistent" in done.stderr, "a missing log was accepted")


run()
