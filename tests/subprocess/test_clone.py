"""test_clone.py PROGRAM - the system calls that start a child, as strace sees them.

A child that is started in another way works as well, only slowly in a large process: this is what notices.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from tap import Skip, check, run, test

PROGRAM = sys.argv[1]
# What the child does, in Python's order; the calls that need root are made for the argument "user" only.
STEPS = ["dup3", "chdir", "umask", "rt_sigaction", "setsid", "setpriority", "close_range", "rt_sigprocmask", "execve"]
STEPS_OF_ROOT = STEPS[:6] + ["setgroups", "setresgid", "setresuid"] + STEPS[6:]
CALLS = "clone,clone3,fork,vfork,waitid,ppoll," + ",".join(STEPS_OF_ROOT)


def trace(*args):
    """The lines of strace; the program must succeed."""
    if not shutil.which("strace"):
        raise Skip("strace is not installed")
    if subprocess.run(["strace", "-o", os.devnull, "/bin/true"], capture_output=True, check=False).returncode:
        raise Skip("strace may not trace here")
    with tempfile.NamedTemporaryFile("r") as file:
        done = subprocess.run(["strace", "-f", "-o", file.name, "-e", "trace=" + CALLS, PROGRAM, *args],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        text = file.read()
        check(done.returncode == 0, text)
        return text


def only_clone(text):
    made = re.findall(r"\b((?:clone3?|v?fork)\(.*)", text)
    check(len(made) == 1, text)
    return made[0]


@test
def a_child_shares_its_parents_memory_until_it_execs():
    made = only_clone(trace())
    for flag in ("CLONE_VM", "CLONE_VFORK", "CLONE_PIDFD"):
        check(flag in made, made)
    for flag in ("CLONE_FILES", "CLONE_SIGHAND"):
        check(flag not in made, made)


@test
def one_call_closes_descriptors():
    text = trace()
    check(len(re.findall(r"close_range\(3, 4294967295, CLOSE_RANGE_CLOEXEC\)", text)) == 1, text)
    check(len(re.findall(r"\bsetsid\(", text)) == 1, text)
    check(len(re.findall(r'execve\("/bin/true"', text)) == 1, text)


@test
def the_child_is_reaped_by_its_pidfd_and_sigchld_is_left_alone():
    text = trace()
    check("P_PIDFD" in text, text)
    check("rt_sigaction(SIGCHLD, {" not in text, text)


def steps_of_child(text):
    """The names of the calls of the process that becomes /bin/true, from its descriptors on, each run of the same as one."""
    child = re.search(r'^(\d+) +execve\("/bin/true"', text, re.M)
    check(child, text)
    calls = re.findall(rf"^{child[1]} +(\w+)\(", text, re.M)
    calls = calls[calls.index("dup3"):calls.index("execve") + 1]
    return [call for before, call in zip([None] + calls, calls) if call != before]


@test
def the_steps_come_in_pythons_order():
    check(steps_of_child(trace()) == STEPS, trace())


@test
def privileges_are_given_up_last():
    if os.geteuid() != 0:
        raise Skip("only root may change the user")
    steps = [call for call in steps_of_child(trace("user")) if call in STEPS_OF_ROOT]
    check(steps == STEPS_OF_ROOT, steps)


@test
def a_child_that_changes_its_user_has_a_memory_of_its_own():
    if os.geteuid() != 0:
        raise Skip("only root may change the user")
    check("CLONE_VM" not in only_clone(trace("user")))


run()
