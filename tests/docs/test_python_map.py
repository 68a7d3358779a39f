"""test_python_map.py - docs/PYTHON-MAP.md names what exists, and leaves nothing out."""
import os
import re

from tap import check, run, test

import csource

ROOT = os.environ["SOURCE_ROOT"]

# threading.__all__ of Python 3.13, and what its documentation names besides.
THREADING = """
    Barrier BoundedSemaphore BrokenBarrierError Condition Event ExceptHookArgs Lock RLock Semaphore TIMEOUT_MAX Thread
    ThreadError Timer active_count current_thread enumerate excepthook get_ident get_native_id getprofile gettrace local
    main_thread setprofile setprofile_all_threads settrace settrace_all_threads stack_size __excepthook__
""".split()

# concurrent.futures.__all__ of Python 3.14, and what its documentation names besides.
FUTURES = """
    ALL_COMPLETED BrokenExecutor BrokenProcessPool BrokenThreadPool CancelledError Executor FIRST_COMPLETED
    FIRST_EXCEPTION Future InterpreterPoolExecutor InvalidStateError ProcessPoolExecutor ThreadPoolExecutor TimeoutError
    add_done_callback as_completed cancel cancelled done exception map result running set_exception set_result
    set_running_or_notify_cancel shutdown submit wait
""".split()

# queue.__all__ and sched's names of Python 3.13, with the methods.
QUEUE = """
    Empty Full LifoQueue PriorityQueue Queue ShutDown SimpleQueue empty full get get_nowait is_shutdown join maxsize put
    put_nowait qsize shutdown task_done
""".split()
SCHED = "Event cancel empty enter enterabs queue run scheduler".split()

# shlex.__all__ of Python 3.13, and what its class has.
SHLEX = """
    commenters debug eof error_leader escape escapedquotes get_token infile instream join lineno pop_source
    punctuation_chars push_source push_token quote quotes read_token shlex source sourcehook split token whitespace
    whitespace_split wordchars
""".split()

# subprocess.__all__ of Python 3.13, and the arguments, methods and attributes.
SUBPROCESS = """
    CalledProcessError CompletedProcess DEVNULL PIPE Popen STDOUT SubprocessError TimeoutExpired args bufsize call
    check_call check_output check_returncode close_fds communicate creationflags cwd encoding env errors executable
    extra_groups getoutput getstatusoutput group kill list2cmdline pass_fds pid pipesize poll preexec_fn process_group
    restore_signals returncode run send_signal shell start_new_session startupinfo stderr stdin stdout terminate text
    umask universal_newlines user wait
""".split()


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def header_names():
    """Every word of the public headers, and the result codes, which are made by the list in base.h."""
    names = set()
    for folder, _, files in os.walk(os.path.join(ROOT, "include")):
        for name in files:
            text = read(os.path.join(folder, name))
            names.update(re.findall(r"\b(?:thrum|THRUM)_\w+", text))
            names.update("THRUM_" + code for code in re.findall(r"\bX\((\w+),", text))
    return names


def sections():
    parts = re.split(r"^## (\w.*)$", read("docs/PYTHON-MAP.md"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def mapped_names(text):
    return re.findall(r"`((?:thrum|THRUM)_\w+)(?:\(\))?`", text)


@test
def every_mapped_name_is_in_a_header():
    known = header_names()
    for section, text in sections().items():
        names = mapped_names(text)
        check(names, f"{section} maps nothing")
        missing = sorted({name for name in names if name not in known})
        check(not missing, f"{section}: not in any header: {', '.join(missing)}")


@test
def every_public_function_is_mapped():
    """By its name, or by `_name` behind another of its class."""
    text = read("docs/PYTHON-MAP.md")
    mapped, short = set(re.findall(r"thrum_\w+", text)), set(re.findall(r"`(_[a-z_]+)`", text))
    functions = [item.function for path in csource.files(ROOT, ["include"])
                 for item in csource.items(csource.read(ROOT, path)) if item.is_public_function]
    check(functions, "there is no public function")
    missing = sorted({f for f in functions if f not in mapped and not f.endswith(tuple(short))})
    check(not missing, f"not in the map: {', '.join(missing)}")


def check_names(section, names):
    text = sections()[section]
    missing = [name for name in names if not re.search(rf"\b{name}\b", text)]
    check(not missing, f"not in the section {section}: {', '.join(missing)}")


def check_functions(section, folder):
    mapped = set(mapped_names(sections()[section]))
    folder = os.path.join(ROOT, "include/thrum", folder)
    for name in sorted(os.listdir(folder)):
        text = read(os.path.join(folder, name))
        functions = re.findall(r"^THRUM_(?:API|NODISCARD|INLINE).*?\b(thrum_\w+[a-z0-9])\(", text, re.M)
        missing = sorted({f for f in functions if f not in mapped})
        check(not missing, f"{name}: not in the map: {', '.join(missing)}")


@test
def every_public_name_of_threading_is_mapped():
    check_names("threading", THREADING)


@test
def every_function_of_threading_is_in_its_section():
    check_functions("threading", "threading")


@test
def every_public_name_of_futures_is_mapped():
    check_names("concurrent.futures", FUTURES)


@test
def every_function_of_futures_is_in_its_section():
    check_functions("concurrent.futures", "futures")


@test
def every_public_name_of_the_other_modules_is_mapped():
    check_names("queue", QUEUE)
    check_names("sched", SCHED)
    check_names("shlex", SHLEX)
    check_names("subprocess", SUBPROCESS)


run()
