"""test_headers.py - each public header compiles alone, as C11 and as C++17, without any warning."""
import os
import shlex
import subprocess

from tap import Skip, check, run, test

import csource

ROOT = os.environ["SOURCE_ROOT"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-fsyntax-only"]


def compiles(compiler, language, standard, header):
    command = shlex.split(compiler) + [f"-x{language}", f"-std={standard}", *WARNINGS, "-I" + ROOT + "/include", "-"]
    # Twice: the second time the include guard has to hold.
    done = subprocess.run(command, input=f"#include <{header}>\n" * 2, capture_output=True, text=True)
    check(done.returncode == 0, f"{header} as {standard}:\n{done.stderr}")


def each_header(compiler, language, standard):
    if not compiler:
        raise Skip("there is no compiler for it")
    for path in csource.files(ROOT, ["include"]):
        compiles(compiler, language, standard, path.removeprefix("include/"))


@test
def as_c11():
    each_header(os.environ["CC"], "c", "c11")


@test
def as_c17():
    each_header(os.environ["CC"], "c", "c17")


@test
def as_gnu11():
    each_header(os.environ["CC"], "c", "gnu11")


@test
def as_cpp17():
    each_header(os.environ["CXX"], "c++", "c++17")


@test
def as_cpp20():
    each_header(os.environ["CXX"], "c++", "c++20")


run()
