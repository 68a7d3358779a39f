"""test_python_tests.py - docs/PYTHON-TESTS.md names tests that exist, and says something about every case."""
import glob
import os
import re

from tap import check, run, test

ROOT = os.environ["SOURCE_ROOT"]
NAMED = r"`((?:\w+/)?\w+ \w+)`"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def rows():
    text = read(os.path.join(ROOT, "docs/PYTHON-TESTS.md"))
    return [row for row in re.findall(r"^\| (.*?) \| (.*) \|$", text, re.M) if row[0] != "case"]


def files_of(program):
    """A program's sources; "subprocess/run" is one of the programs called "run"."""
    module, _, name = program.rpartition("/")
    return [path for end in (".c", ".py") for path in glob.glob(os.path.join(ROOT, "tests", module or "*", "test_" + name + end))]


def tests_of(program):
    texts = [read(path) for path in files_of(program)]
    return {name for text in texts for name in re.findall(r"^TEST\((\w+)\)|^@test\ndef (\w+)", text, re.M) for name in name}


def named():
    """Each (program, test) of the tables."""
    return [name.split() for _, here in rows() for name in re.findall(NAMED, here)]


@test
def every_named_test_exists():
    check(len(named()) > 250, "only so many tests are named: %d" % len(named()))
    missing = [f"{program} {name}" for program, name in named() if name not in tests_of(program)]
    check(not missing, "no such test: " + ", ".join(missing))


@test
def every_program_is_one():
    several = sorted({program for program, _ in named() if len(files_of(program)) > 1})
    check(not several, "more than one program has this name: " + ", ".join(several))


@test
def every_case_has_a_test_or_a_reason():
    empty = [case for case, here in rows() if not re.search(NAMED + r"|does not apply: \w+", here)]
    check(not empty, "neither a test nor a reason: " + ", ".join(empty))


@test
def no_case_is_named_twice():
    text = read(os.path.join(ROOT, "docs/PYTHON-TESTS.md"))
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        cases = re.findall(r"\btest[A-Z_]\w+", " ".join(re.findall(r"^\| (.*?) \|", section, re.M)))
        twice = sorted({case for case in cases if cases.count(case) > 1} - {"test_negative_timeout_raises_exception", "test_basic"})
        check(not twice, "more than once: " + ", ".join(twice))


run()
