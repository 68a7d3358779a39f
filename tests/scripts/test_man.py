"""test_man.py - the man pages: made from the headers without loss, and without fault in the eyes of mandoc."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

from tap import Skip, check, run, test

import csource

ROOT = os.environ["SOURCE_ROOT"]
PAGES = os.path.join(os.environ["BUILD_ROOT"], "docs/man/man3")

HEADER = r"""/* thrum/toy.h - Toy: a thing to try.
 *
 * The idea
 *   A toy is small. It costs `nothing`.
 *
 *       thrum_toy toy;                  Toy()
 *
 *       play("\n");
 *
 * Lists are lists:
 * - one, which is so long that it
 *   needs two lines
 * - two
 */
#ifndef THRUM_TOY_H
#define THRUM_TOY_H

/* A toy. */
typedef struct THRUM_CAPABILITY thrum_toy {
    int size; /* in cm */
} thrum_toy;

#define THRUM_HIDDEN_(x) x
/* Not for use. */
THRUM_API void thrum_toy_slow_(thrum_toy *toy);

/* Play: Toy.play(). Calls `done` at the end.
 *
 * Returns 0.
 * Threads: any.  Signals: unsafe.  Blocks: until it ends. */
THRUM_API THRUM_NODISCARD int thrum_toy_play(thrum_toy *toy, void (*done)(void *arg, int how), void *arg)
    THRUM_TRY_ACQUIRES(toy);

THRUM_INLINE int thrum_toy_play(thrum_toy *toy) {
    return 0;
}

#endif
"""


def made(header):
    """The page of a header."""
    with tempfile.TemporaryDirectory() as place:
        os.makedirs(place + "/include/thrum")
        with open(place + "/include/thrum/toy.h", "w", encoding="utf-8") as file:
            file.write(header)
        subprocess.run([sys.executable, ROOT + "/scripts/headers-to-man", place + "/man3", place + "/include"], check=True)
        with open(place + "/man3/thrum_toy_play.3", encoding="utf-8") as file:
            check(file.read() == ".so man3/thrum_toy.3\n", "the function's own page does not lead to the header's")
        with open(place + "/man3/thrum_toy.3", encoding="utf-8") as file:
            return file.read()


@test
def a_header_becomes_a_page():
    page = made(HEADER)
    for text in (".Nm thrum_toy\n.Nd Toy: a thing to try\n", ".In thrum/toy.h\n", ".Ft int\n",
                 '.Fn thrum_toy_play "thrum_toy *toy" "void (*done)(void *arg, int how)" "void *arg"\n',
                 ".Ss The idea\nA toy is small.\nIt costs \\(ganothing\\(ga.\n", "thrum_toy toy;                  Toy()\n\n",
                 'play("\\en");\n.Ed\n', ".It\none, which is so long that it needs two lines\n.It\ntwo\n",
                 "typedef struct thrum_toy {\n", ".Ss thrum_toy_play\n", ".It Blocks:\nuntil it ends\n"):
        check(text in page, f"no {text!r} in:\n{page}")
    for text in ("THRUM_API", "THRUM_TRY", "THRUM_CAPABILITY", "HIDDEN_", "slow_", "NODISCARD"):
        check(text not in page, f"{text} in:\n{page}")
    check(page.count(".Ss thrum_toy_play") == 1, "a function is described twice")


@test
def every_public_function_has_a_page():
    missing = []
    for path in csource.files(ROOT, ["include"]):
        for item in csource.items(csource.read(ROOT, path)):
            if item.is_public_function and not os.path.exists(f"{PAGES}/{item.function}.3"):
                missing.append(item.function)
    check(not missing, f"no page for {missing}")


@test
def pages_that_lead_elsewhere_lead_somewhere():
    for path in glob.glob(PAGES + "/*.3"):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for target in re.findall(r"^\.so man3/(.*)$|^\.Xr (\w+) 3", text, re.MULTILINE):
            name = target[0] or target[1] + ".3"
            check(os.path.exists(f"{PAGES}/{name}"), f"{path} refers to {name}, which does not exist")


@test
def mandoc_finds_no_fault():
    if not shutil.which("mandoc"):
        raise Skip("there is no mandoc")
    pages = [path for path in glob.glob(PAGES + "/*.3") if not open(path, encoding="utf-8").read().startswith(".so ")]
    done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *pages, *glob.glob(ROOT + "/docs/man/*.1")],
                          capture_output=True, text=True)
    check(pages and done.returncode == 0, done.stdout + done.stderr)


@test
def each_command_is_in_the_manual():
    with open(ROOT + "/docs/man/thrum.1", encoding="utf-8") as file:
        manual = file.read()
    said = subprocess.run([os.environ["BUILD_ROOT"] + "/tools/thrum", "help"], capture_output=True, text=True, check=True)
    commands = re.findall(r"^  (\w+) +\S", said.stdout, re.MULTILINE)
    check("help" in commands, said.stdout)
    for command in commands:
        check(f".It Cm {command}" in manual, f"docs/man/thrum.1 says nothing of `thrum {command}`")


@test
def each_variable_of_the_environment_is_in_the_manual():
    with open(ROOT + "/docs/man/thrum.1", encoding="utf-8") as file:
        manual = file.read()
    names = set()
    for path in csource.files(ROOT, ["src"]):
        names.update(re.findall(r'getenv\("(THRUM_\w+)"\)', csource.read(ROOT, path)))
    check(names, "the library reads no variable")
    missing = [name for name in sorted(names) if f".It Ev {name}\n" not in manual]
    check(not missing, f"docs/man/thrum.1 says nothing of {missing}")


run()
