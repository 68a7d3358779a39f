"""test_setup.py - scripts/setup before machines that are made up: what it asks of apt, and when it gives up."""
import os
import subprocess
import tempfile

from tap import check, run, test

SETUP = os.path.join(os.environ["SOURCE_ROOT"], "scripts/setup")

PACKAGES = "# comment\nbuild: gcc ninja\nbuild: seldom?\nci: clang\n"

# Each stands for a command of the system; what apt-get was asked for is written down.
STUBS = {
    "dpkg-query": 'case " $INSTALLED " in *" $3 "*) printf installed ;; *) exit 1 ;; esac',
    "apt-cache": 'case " $ARCHIVE " in *" $2 "*) echo "$2 | 1.0" ;; esac',
    "apt-get": 'echo "$*" >>"$LOG"\ncase " $* " in *" $BROKEN "*) exit 100 ;; '
               '*install*) [ "$(grep -c install "$LOG")" -gt "$FAILURES" ] ;; esac',
    "id": 'echo "$USER_ID"',
    "sudo": 'echo sudo >>"$LOG"\n"$@"',
    "sleep": "exit 0",
}
TOOLS = ("sh", "awk", "dirname", "env", "grep")


def setup(*purposes, installed="", archive="gcc ninja seldom clang", failures=0, user=0, without=(), broken="-"):
    """Run setup on such a machine: (exit status, stderr, what apt-get was asked for)."""
    with tempfile.TemporaryDirectory() as place:
        log = place + "/log"
        os.mkdir(place + "/bin")
        for name, body in STUBS.items():
            if name not in without:
                with open(f"{place}/bin/{name}", "w", encoding="utf-8") as file:
                    file.write("#!/bin/sh\n" + body + "\n")
                os.chmod(f"{place}/bin/{name}", 0o755)
        for name in TOOLS:
            os.symlink("/usr/bin/" + name if os.path.exists("/usr/bin/" + name) else "/bin/" + name, f"{place}/bin/{name}")
        with open(place + "/packages", "w", encoding="utf-8") as file:
            file.write(PACKAGES)
        with open(SETUP, encoding="utf-8") as source, open(place + "/setup", "w", encoding="utf-8") as file:
            file.write(source.read())
        world = {"PATH": place + "/bin", "LOG": log, "INSTALLED": installed, "ARCHIVE": archive,
                 "FAILURES": str(failures), "USER_ID": str(user), "BROKEN": broken}
        done = subprocess.run(["/bin/sh", place + "/setup", *purposes], env=world, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        asked = []
        if os.path.exists(log):
            with open(log, encoding="utf-8") as file:
                asked = file.read().splitlines()
        return done.returncode, done.stderr, asked


def installs(asked):
    return [line.split("--yes ")[1] for line in asked if "install" in line]


@test
def nothing_is_asked_when_all_is_there():
    check(setup("build", installed="gcc ninja seldom") == (0, "", []))


@test
def what_is_missing_is_installed():
    status, _, asked = setup("build", "ci", installed="ninja")
    check(status == 0 and installs(asked) == ["gcc clang seldom"], asked)


@test
def a_package_that_may_be_missing_may_be_missing():
    status, errors, asked = setup("build", installed="gcc", archive="gcc ninja")
    check(status == 0 and installs(asked) == ["ninja"], asked)
    check("seldom is not in this archive" in errors, errors)


@test
def a_package_that_may_be_missing_may_be_broken():
    status, errors, asked = setup("build", installed="gcc", broken="seldom")
    check(status == 0 and installs(asked)[-1] == "ninja", asked)
    check("going on without seldom" in errors, errors)
    status, errors, asked = setup("build", installed="gcc ninja", broken="seldom")
    check(status == 0 and "going on without seldom" in errors, errors)
    status, errors, _ = setup("build", broken="gcc")
    check(status == 1 and "could not install: gcc ninja" in errors, errors)


@test
def a_failure_is_tried_again_with_a_fresh_list():
    status, _, asked = setup("ci", failures=2)
    check(status == 0 and len(installs(asked)) == 3, asked)
    check(sum(line.endswith(" update") for line in asked) == 2, asked)


@test
def it_gives_up_in_the_end():
    status, errors, asked = setup("ci", failures=99)
    check(status == 1 and "could not install: clang" in errors, errors)
    check(2 <= len(installs(asked)) <= 6, asked)


@test
def an_empty_list_is_filled_first():
    status, _, asked = setup("ci", archive="")
    check(status == 0 and asked[0].endswith(" update"), asked)


@test
def a_user_needs_sudo():
    status, _, asked = setup("ci", user=1000)
    check(status == 0 and asked[0] == "sudo" and installs(asked) == ["clang"], asked)
    status, errors, asked = setup("ci", user=1000, without=("sudo",))
    check(status == 1 and "run this as root, or install sudo" in errors and not asked, errors)


@test
def other_systems_are_told_what_is_missing():
    status, errors, asked = setup("build", without=("dpkg-query", "apt-get"))
    check(status == 1 and "there is no 'cc'" in errors and "scripts/packages" in errors and not asked, errors)
    status, errors, _ = setup("ci", without=("apt-get",))
    check(status == 1 and "clang" in errors and "no apt-get" in errors, errors)


@test
def an_unknown_purpose_is_refused():
    status, errors, asked = setup("nonsense")
    check(status == 1 and "no purpose named 'nonsense'" in errors and not asked, errors)
    check(setup()[0] == 1)


run()
