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


# What the headers expand in the user's own code.
USE = """
#include <thrum.h>
static thrum_lock lock_a = THRUM_LOCK_INIT;
static thrum_rlock rlock = THRUM_RLOCK_INIT;
static thrum_condition own = THRUM_CONDITION_INIT_OWN, cond = THRUM_CONDITION_INIT(&lock_a), other = THRUM_CONDITION_INIT_RLOCK(&rlock);
static thrum_semaphore sem = THRUM_SEMAPHORE_INIT(1), bounded = THRUM_BOUNDED_SEMAPHORE_INIT(2);
static thrum_event event = THRUM_EVENT_INIT;
static thrum_barrier barrier = THRUM_BARRIER_INIT(2, NULL, NULL);
static thrum_local local = THRUM_LOCAL_INIT(NULL, NULL, NULL);
static thrum_future future = THRUM_FUTURE_INIT;
static thrum_task_group group = THRUM_TASK_GROUP_INIT;
typedef struct job { int number; } job;
THRUM_QUEUE_TYPED(jobs, job)

int use(thrum_executor *executor, thrum_some *some, thrum_timeout *limit) {
    THRUM_EXECUTOR_SCOPE(executor);
    THRUM_GUARD(&lock_a);
    THRUM_WITH(&rlock) {
        THRUM_WITH(&own) thrum_condition_notify(&cond, 1);
    }
    THRUM_EXPLORE_CHECK_THAT(thrum_event_is_set(&event));
    *some = THRUM_SOME(077);
    *limit = thrum_event_is_set(&event) ? THRUM_FOREVER : THRUM_NOWAIT;
    thrum_future_cancel(&future);
    thrum_task_group_cancel(&group);
    thrum_local_clear(&local);
    thrum_barrier_abort(&barrier);
    thrum_condition_notify_all(&other);
    return thrum_semaphore_release(&sem, 1) + thrum_semaphore_release(&bounded, 1) +
           thrum_subprocess_call(THRUM_ARGS("ls", "-l"), NULL, NULL);
}
"""


def used(compiler, language, standard):
    if not compiler:
        raise Skip("there is no compiler for it")
    command = [*shlex.split(compiler), f"-x{language}", f"-std={standard}", *WARNINGS, "-Wconversion", "-I" + ROOT + "/include", "-"]
    done = subprocess.run(command, input=USE, capture_output=True, text=True)
    check(done.returncode == 0, f"as {standard}:\n{done.stderr}")


@test
def macros_in_c():
    used(os.environ["CC"], "c", "c11")


@test
def macros_in_cpp():
    used(os.environ["CXX"], "c++", "c++17")


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
