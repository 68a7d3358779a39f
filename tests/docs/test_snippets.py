"""test_snippets.py - the programs that the documents show compile as they stand."""
import os
import re
import shlex
import subprocess

from tap import check, run, test

ROOT = os.environ["SOURCE_ROOT"]


def blocks(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return re.findall(r"^```c\n(.*?)^```$", file.read(), re.M | re.S)


def compiles(program):
    command = [*shlex.split(os.environ["CC"]), "-xc", "-std=c11", "-Wall", "-Werror",
               "-I" + ROOT + "/include", "-c", "-o", os.devnull, "-"]
    done = subprocess.run(command, input=program, capture_output=True, text=True)
    check(done.returncode == 0, f"{program}\n{done.stderr}")


@test
def the_first_program():
    shown = blocks("README.md")[0].split("\n")
    width = shown[0].index("import threading")
    lines = [line[:width].rstrip() for line in shown]
    begin = lines.index("thrum_thread *t;")
    compiles("\n".join([*lines[:begin], "int main(void) {", *lines[begin:], "return 0;", "}", ""]))


@test
def a_test_of_ones_own():
    whole = [block for block in blocks("docs/EXPLORE.md") if "int main(" in block]
    check(whole, "docs/EXPLORE.md shows no program")
    for program in whole:
        compiles(program)


run()
