"""test_install.py - what `meson install` puts into place can be used by a program that knows pkg-config only."""
import glob
import os
import re
import shlex
import shutil
import subprocess
import tempfile

from tap import Skip, check, run, test

PROGRAM = """
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <thrum.h>

static thrum_lock lock;
static int count;

/* A thread that the library meets for the first time: what is set up when it is loaded is there, however it is linked. */
static void *foreign(void *arg) {
    (void)arg;
    THRUM_WITH(&lock) {
        count++;
    }
    return NULL;
}

int main(void) {
    puts(thrum_version());
    pthread_t thread;
    if (pthread_create(&thread, NULL, foreign, NULL) != 0 || pthread_join(thread, NULL) != 0 || count != 1)
        return 2;
    return thrum_active_count() != 1 || strcmp(thrum_version(), THRUM_VERSION) != 0;
}
"""

# In each function two locks, one inside the other, in opposite orders: a report with four places.
ORDERS = """
#include <thrum.h>

static thrum_lock a, b;

static int one(void *arg) {
    (void)arg;
    THRUM_WITH(&a) {
        thrum_lock_acquire(&b);
        thrum_lock_release(&b);
    }
    return 0;
}

static int two(void *arg) {
    (void)arg;
    THRUM_WITH(&b) {
        THRUM_GUARD(&a);
    }
    return 0;
}

int main(void) {
    thrum_target *const targets[2] = {one, two};
    thrum_lock_order(true);
    for (int i = 0; i < 2; i++) {
        thrum_thread *thread;
        if (thrum_thread_new(&thread, targets[i], NULL, NULL) < 0 || thrum_thread_start(thread) < 0)
            return 1;
        thrum_thread_join(thread);
        thrum_thread_unref(thread);
    }
    return 0;
}
"""

tree = tempfile.TemporaryDirectory()


def command(*arguments, **options):
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    check(done.returncode == 0, f"{shlex.join(arguments)}:\n{done.stdout}{done.stderr}")
    return done.stdout


def installed(pattern):
    found = glob.glob(tree.name + "/**/" + pattern, recursive=True)
    check(found, f"{pattern} is not installed")
    return found[0]


def flags(*arguments):
    if not shutil.which("pkg-config"):
        raise Skip("there is no pkg-config")
    place = os.path.dirname(installed("thrum.pc"))
    prefix = command("pkg-config", "--variable=prefix", "thrum", env={**os.environ, "PKG_CONFIG_PATH": place}).strip()
    return shlex.split(command("pkg-config", f"--define-variable=prefix={tree.name}{prefix}", *arguments, "thrum",
                               env={**os.environ, "PKG_CONFIG_PATH": place}))


def build(*arguments, text=PROGRAM, compiler="CC", standard="c11"):
    source, program = os.path.join(tree.name, "user." + standard[:-2]), os.path.join(tree.name, "user")
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    command(*shlex.split(os.environ[compiler]), "-std=" + standard, "-Wall", "-Werror", source, "-o", program, *arguments)
    return program


def places(**how):
    """Where the four locks were taken, of a program without optimisation."""
    program = build("-O0", *flags("--cflags", "--libs"), text=ORDERS, **how)
    where = {**os.environ, "LD_LIBRARY_PATH": os.path.dirname(installed("libthrum.so.0"))}
    report = subprocess.run([program], env=where, capture_output=True, text=True, check=True).stderr
    return re.findall(r"(?:took|then) lock .* at (.*)", report), report


@test
def install():
    meson = shutil.which("meson") or "meson"
    command(meson, "install", "-C", os.environ["BUILD_ROOT"], "--no-rebuild", "--quiet", "--destdir", tree.name)
    for name in ("libthrum.so", "libthrum.so.0", "libthrum.a", "thrum.pc", "bin/thrum", "include/thrum.h",
                 "include/thrum/base.h", "include/thrum/threading/lock.h", "man/man1/thrum.1", "man/man3/thrum_lock.3",
                 "man/man3/thrum_lock_acquire.3"):
        installed(name)


@test
def our_programs_find_the_library():
    where = flags("--variable=libdir")[0].removeprefix(tree.name)
    for name in ("bin/thrum", "thrum/countdown", "libthrum-explore.so"):
        if name.endswith(".so") and not glob.glob(tree.name + "/**/" + name, recursive=True):
            continue  # not every build has an explorer of programs
        path = re.findall(r"\((?:RUN|R)PATH\).*\[(.*)\]", command("readelf", "-d", installed(name)))
        check(where.startswith("/usr/lib") or path == [where], f"{name} looks in {path}, and the library is in {where}")


@test
def use_the_shared_library():
    program = build(*flags("--cflags", "--libs"))
    where = {**os.environ, "LD_LIBRARY_PATH": os.path.dirname(installed("libthrum.so.0"))}
    check(command(program, env=where).strip(), "no version")
    check("libthrum.so.0" in command("readelf", "-d", program), "not linked with the soname")


@test
def reports_name_the_places_in_the_program():
    if os.environ["OPTIMIZATION"] in ("0", "g", "plain"):
        raise Skip("a library without optimisation does not leave its own copies of inline functions by a jump")
    for how in ({}, {"compiler": "CXX", "standard": "c++17"}):
        if not os.environ[how.get("compiler", "CC")]:
            continue
        found, report = places(**how)
        check(len(set(found)) == 4, f"{how}: the places are not four:\n{report}")


@test
def use_the_static_library():
    program = build("-static", *flags("--static", "--cflags", "--libs"))
    check(command(program).strip(), "no version")


run()
