"""test_lints.py - each lint accepts a good tree, and refuses each kind of bad one, with the place."""
import os
import shutil
import subprocess
import sys
import tempfile

from tap import Skip, check, run, test

import csource

ROOT = os.environ["SOURCE_ROOT"]

HEADER = """/* thrum/lock.h - a lock. */
#ifndef THRUM_LOCK_H
#define THRUM_LOCK_H

#include <thrum/base.h>

%s
#endif
"""

GOOD_DOC = """/* Take the lock.
 *
 * Threads: any.  Signals: unsafe.  Blocks: until it is free. */
THRUM_API void thrum_lock_acquire(thrum_lock *lock);
"""


def lint(name, files, **environment):
    """Run scripts/lint-NAME on a tree that has these files only: (exit status, stderr)."""
    with tempfile.TemporaryDirectory() as tree:
        for path, text in files.items():
            os.makedirs(os.path.join(tree, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(tree, path), "w", encoding="utf-8") as file:
                file.write(text)
        script = os.path.join(ROOT, "scripts", "lint-" + name)
        with open(script, encoding="utf-8") as file:
            runner = [sys.executable] if "python" in file.readline() else ["sh"]
        done = subprocess.run(runner + [script, tree], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=dict(os.environ, **environment))
        return done.returncode, done.stderr


def accepts(name, files, **environment):
    status, errors = lint(name, files, **environment)
    check(status == 0, f"lint-{name} refused a good tree:\n{errors}")


def refuses(name, files, *texts):
    status, errors = lint(name, files)
    check(status == 1, f"lint-{name} ended with {status} on a bad tree:\n{errors}")
    for text in texts:
        check(text in errors, f"no {text!r} in:\n{errors}")


def includes(path, line):
    return {path: f"#include {line}\n"}


@test
def includes_go_down():
    accepts("includes", {**includes("src/threading/lock.c", "<thrum/time.h>"), **includes("src/park/lot.c", '"base/list.h"'),
                         **includes("src/park/sleep.c", '"platform/futex.h"'),
                         **includes("src/platform/linux/futex.c", "<linux/futex.h>"),
                         **includes("src/threading/thread.c", "<thrum/threading/lock.h>"),
                         **includes("examples/a/a.c", "<thrum.h>"), **includes("tests/park/t.c", '"park/lot.h"'),
                         **includes("tools/thrum.c", '"commands.h"')})


@test
def includes_do_not_go_up():
    refuses("includes", includes("src/park/lot.c", '"threading/thread.h"'), "src/park/lot.c:1:", "'park' may not use 'threading'")
    refuses("includes", includes("src/base/list.c", "<thrum/time.h>"), "'base' may not use 'time'")
    refuses("includes", includes("src/queue/queue.c", '"platform/futex.h"'), "'queue' may not use 'platform'")
    refuses("includes", includes("include/thrum/queue.h", "<thrum/futures.h>"), "'queue' may not use 'futures'")


@test
def includes_of_tools_are_public():
    for folder in ("tools", "examples/locks", "bench"):
        refuses("includes", includes(folder + "/x.c", '"park/lot.h"'), "public headers only")


@test
def includes_of_linux_stay_in_their_room():
    for header in ("<linux/futex.h>", "<sys/epoll.h>", "<sys/syscall.h>"):
        refuses("includes", includes("src/threading/lock.c", header), "belong to src/platform/linux")


@test
def includes_have_one_spelling():
    refuses("includes", includes("src/park/lot.c", '"lot.h"'), 'included as "module/file.h"')
    refuses("includes", includes("src/park/lot.c", '"../base/list.h"'), "no way up")
    refuses("includes", includes("src/park/lot.c", "<thrum.h>"), "the umbrella header is for users")
    refuses("includes", includes("include/thrum/queue.h", '"base/list.h"'), "public headers only")
    refuses("includes", includes("src/nowhere/x.c", '"base/list.h"'), "'nowhere' is no module")


@test
def includes_in_comments_are_none():
    accepts("includes", {"src/park/lot.c": '/*\n#include "threading/thread.h"\n*/\n'})


@test
def public_headers_are_installed_and_reached():
    tree = {"include/meson.build": "install_headers('thrum.h', 'thrum/a.h')", "include/thrum.h": "#include <thrum/a.h>\n",
            "include/thrum/a.h": ""}
    accepts("includes", tree)
    refuses("includes", {**tree, "include/thrum.h": ""}, "include/thrum/a.h:1: <thrum.h> does not include it")
    refuses("includes", {**tree, "include/meson.build": "'thrum.h'"}, "include/thrum/a.h:1: is not installed")


def doc(text):
    return {"include/thrum/lock.h": HEADER % text}


@test
def docs_in_order():
    accepts("docs", doc(GOOD_DOC))
    accepts("docs", doc(GOOD_DOC + "THRUM_API void thrum_lock_acquire_too(thrum_lock *lock);\n"))
    accepts("docs", doc("THRUM_API void thrum__lock_slow_(void);\n"))
    accepts("docs", doc(GOOD_DOC + "\nTHRUM_INLINE void thrum_lock_acquire(thrum_lock *lock) {\n    go(lock);\n}\n"))
    accepts("docs", doc("/* A thing. */\ntypedef struct thrum_thing {\n    int (*call)(int);\n} thrum_thing;\n"))


@test
def docs_missing():
    refuses("docs", doc("THRUM_API void thrum_lock_acquire(thrum_lock *lock);\n"), "thrum/lock.h:7:",
            "thrum_lock_acquire: has no comment")
    refuses("docs", doc(GOOD_DOC.replace("*/\n", "*/\n\n")), "has no comment")
    refuses("docs", doc("THRUM_INLINE void thrum_lock_go(void) {\n    go();\n}\n"), "thrum_lock_go: has no comment")
    refuses("docs", doc(GOOD_DOC + "\nTHRUM_API void thrum_lock_release(thrum_lock *lock);\n"), "thrum_lock_release: has no")


@test
def docs_without_the_last_line():
    wrong = "the last line of its comment"
    refuses("docs", doc(GOOD_DOC.replace("any.  ", "any. ")), wrong)
    refuses("docs", doc(GOOD_DOC.replace("any", "some")), wrong)
    refuses("docs", doc(GOOD_DOC.replace("Blocks: until it is free", "Blocks: perhaps")), wrong)
    refuses("docs", doc(GOOD_DOC.replace(" * Threads", " * More.\n * Threads").replace("free. */", "free.\n * End. */")), wrong)


@test
def docs_without_a_head():
    refuses("docs", {"include/thrum/lock.h": "#ifndef X\n#endif\n"}, "does not begin with '/* thrum/lock.h - ")


ORDER = "void f(void) {\n    atomic_store_explicit(&word, 0, memory_order_%s);\n}\n"


@test
def orders_with_a_reason():
    accepts("orders", {"src/park/a.c": "/* Pairs with the load in g(). */\n" + ORDER % "release"})
    accepts("orders", {"src/park/a.c": ORDER % "seq_cst"})
    accepts("orders", {"src/park/a.c": "/* memory_order_relaxed */\nchar s[] = \"__ATOMIC_RELAXED\";\n"})
    accepts("orders", {"src/park/a.c": "    __atomic_load_n(&w, __ATOMIC_RELAXED); /* why */\n"})


@test
def orders_without_a_reason():
    refuses("orders", {"src/park/a.c": ORDER % "release"}, "src/park/a.c:2: memory_order_release without")
    refuses("orders", {"include/thrum/a.h": "/* far */\n\n\n\n\n\n\n\nint x = __ATOMIC_ACQUIRE;\n"}, "thrum/a.h:9:")


@test
def memory_by_the_door():
    door = {"src/base/memory.h": "    return malloc(size);\n"}
    accepts("memory", {**door, "src/a/a.c": "void *f(void) {\n    return thrum__malloc(1);\n}\n"})
    accepts("memory", {**door, "src/a/a.c": '/* not malloc() */\nchar *s = "strdup(x)";\nvoid f(void) {\n    free(s);\n}\n'})
    accepts("memory", {**door, "tests/a.c": "    malloc(1);\n", "src/a/a.c": "    pool->malloc(1);\n"})


@test
def memory_past_the_door():
    for name in ("malloc", "calloc", "realloc", "strdup", "strndup", "asprintf", "vasprintf", "aligned_alloc"):
        refuses("memory", {"src/a/a.c": f"int x;\n    r = {name}(y);\n"}, f"src/a/a.c:2: {name}() goes past base/memory.h")
    refuses("memory", {"src/base/memory.h": "int x;\n"}, "src/base/memory.h: asks for no memory any more")


@test
def sizes():
    body = "    go();\n"
    accepts("size", {"src/a.c": "int f(int x) {\n" + body * 58 + "}\n"})
    refuses("size", {"src/a.c": "int f(int x) {\n" + body * 59 + "}\n"}, "src/a.c:1: f has 61 lines")
    refuses("size", {"tests/a.c": "TEST(long_one) {\n" + body * 59 + "}\n"}, "long_one has 61 lines")
    refuses("size", {"src/a.c": "int f(int x,\n      int y) {\n" + body * 58 + "}\n"}, "src/a.c:1: f has 61 lines")
    accepts("size", {"src/a.c": "int f(int x);\nint table[] = {\n" + "    1,\n" * 80 + "};\n"})
    accepts("size", {"src/a.c": "WRAP(int, open)\n" + "WRAP(int, close)\n" * 70 + "\nint f(int x) {\n    go();\n}\n"})
    accepts("size", {"src/a.c": "\n" * 499 + "int x;\n"})
    refuses("size", {"src/a.c": "\n" * 500 + "int x;\n"}, "501 lines, more than 500")


@test
def format():
    if not shutil.which("clang-format"):
        raise Skip("there is no clang-format")
    style = {".clang-format": csource.read(ROOT, ".clang-format")}
    accepts("format", {**style, "src/a.c": "int f(int x) {\n    return x;\n}\n"})
    refuses("format", {**style, "src/a.c": "int f(int x) { return x; }\n"}, "src/a.c:1:")
    accepts("format", {**style, "src/a.c": "/* " + "x" * 115 + "\n */\n"})
    accepts("format", {**style, "src/a.c": "/* " + "\u00e4" * 115 + "\n */\n"}, LC_ALL="C")
    refuses("format", {**style, "src/a.c": "/* " + "x" * 116 + "\n */\n"}, "src/a.c:1:/* xxx", "118 columns")


@test
def comments_are_wrapped():
    with tempfile.TemporaryDirectory() as tree:
        path = tree + "/a.c"
        long = "word " * 22 + "wide"
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"/* {long} {long}\n * and more.\n *\n * - {long} item\n * - two\n * Threads: any. */\n/* {long} wider */\n"
                       f"/* Code:\n *     {long};\n *     int x;\n */\n")
        subprocess.run([sys.executable, os.path.join(ROOT, "scripts/wrap-comments"), path], check=True)
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
    code = f" *     {long};"
    check([line for line in lines if len(line) > 118] == [code], lines)
    for line in (" * and more.", " *   wide item", " * - two", " * Threads: any. */", " * wider */", " *     int x;"):
        check(line in lines, f"no {line!r} in {lines}")


@test
def words():
    accepts("words", {"src/a.c": 'char name[] = "/tmp/aXXXXXX";\n', "docs/a.md": "It does all that it says.\n"})
    for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X", "not impl" + "emented"):
        refuses("words", {"docs/a.md": f"fine\nsay: {word}: later\n"}, "docs/a.md:2:")


@test
def mutants_fit_the_code():
    listed = {"tests/mutants/mutants.txt": "Bugs.\n\n== a-bug\nfile: src/a.c\ntests: base/a\n-x = 1;\n+x = 2;\n"}
    tested = {**listed, "tests/base/test_a.c": ""}
    accepts("mutants", {**tested, "src/a.c": "x = 1;\n"})
    accepts("mutants", {**listed, "src/a.c": "x = 1;\n", "tests/base/a.c": ""})
    refuses("mutants", {**tested, "src/a.c": "x = 3;\n"}, "a-bug: its text is 0 times in src/a.c")
    refuses("mutants", {**tested, "src/a.c": "x = 1;\nx = 1;\n"}, "a-bug: its text is 2 times in src/a.c")
    refuses("mutants", {**listed, "src/a.c": "x = 1;\n"}, "a-bug: there is no test base/a")


run()
