"""Answer with CPython's subprocess what test_against_python.c asks of thrum's.

Each line of the file named is a case: words KEY=VALUE, values with %XX for what is no letter and no digit. The answer is a
line of words too: what the call gave or raised, and what the child wrote to the streams of this process.
"""
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
from urllib.parse import quote_from_bytes, unquote_to_bytes

STREAMS = {'pipe': subprocess.PIPE, 'stdout': subprocess.STDOUT, 'devnull': subprocess.DEVNULL, 'file': 1}
LONG = 100


def show(value):
    if value is None:
        return 'None'
    if isinstance(value, str):
        value = value.encode('utf-8', 'surrogateescape')
    return '=' + quote_from_bytes(value, safe='') if isinstance(value, bytes) else str(value)


class Case:
    def __init__(self, line):
        self.words = {}
        for word in line.split():
            key, value = word.split('=', 1)
            self.words.setdefault(key, []).append(os.fsdecode(unquote_to_bytes(value)))

    def get(self, key, default=None, convert=str):
        return convert(self.words[key][0]) if key in self.words else default

    def list(self, key, convert=str):
        return [convert(value) for value in self.words.get(key, [])]


def identity(name):
    """A user or group as Popen wants it: a number, when it looks like one."""
    return int(name) if re.fullmatch('-?[0-9]+', name) else name


def popen_arguments(case):
    arguments = {'stdin': None, 'stdout': None, 'stderr': None}
    for stream in arguments:
        if stream in case.words:
            arguments[stream] = STREAMS[case.get(stream)]
    for flag in ('shell', 'text', 'start_new_session'):
        if flag in case.words:
            arguments[flag] = True
    for name in ('executable', 'encoding', 'errors', 'cwd'):
        if name in case.words:
            arguments[name] = case.get(name)
    for name in ('user', 'group'):
        if name in case.words:
            arguments[name] = identity(case.get(name))
    if 'extra_groups' in case.words:
        arguments['extra_groups'] = [identity(name) for name in case.list('extra_groups') if name]
    if 'umask' in case.words:
        arguments['umask'] = case.get('umask', convert=int)
    if 'process_group' in case.words:
        arguments['process_group'] = 0
    if 'env' in case.words:
        arguments['env'] = dict(entry.split('=', 1) for entry in case.list('env') if entry)
    arguments['close_fds'] = 'keep_fds' not in case.words
    arguments['restore_signals'] = 'keep_signals' not in case.words
    if 'pass' in case.words:
        arguments['pass_fds'] = case.list('pass', int)
        arguments['close_fds'] = True  # else there would be a warning, and then it would be
    return arguments


def command(case):
    """A shell's command alone is a string, as people write it."""
    words = case.list('arg')
    return words[0] if 'shell' in case.words and len(words) == 1 else words


def input_of(case):
    data = case.get('input')
    if data is None:
        return None
    data *= case.get('repeat', 1, int)
    return data if {'text', 'encoding', 'errors'} & set(case.words) else os.fsencode(data)


def timeout_of(case):
    """A number of seconds, an int where that is what people write."""
    seconds = case.get('timeout', None, float)
    return int(seconds) if seconds and seconds == int(seconds) else seconds


def do_run(case):
    arguments = popen_arguments(case)
    if 'input' in case.words:
        arguments['input'] = input_of(case)
    if 'capture_output' in case.words:
        arguments['capture_output'] = True
    done = subprocess.run(command(case), check='check' in case.words, timeout=timeout_of(case), **arguments)
    return [done.returncode, done.stdout, done.stderr, repr(done)]


def again(popen, first):
    """A second call gives the output once more where two streams were pipes, and raises where one was. Thrum's raises."""
    try:
        second = popen.communicate()
    except ValueError:
        return ['ValueError']
    return ['ValueError'] if second == first != (None, None) else ['again'] + list(second)


def do_communicate(case):
    popen = subprocess.Popen(command(case), **popen_arguments(case))
    first = []
    try:
        out, err = popen.communicate(input_of(case), timeout_of(case))
    except subprocess.TimeoutExpired:
        first = ['TimeoutExpired', repr(popen)]
        popen.kill()
        out, err = popen.communicate()
    finally:
        popen.kill()
        popen.wait()
    return first + again(popen, (out, err)) + [popen.returncode, popen.poll(), out, err, repr(popen)]


def do_wait(case):
    popen = subprocess.Popen(command(case), **popen_arguments(case))
    first = []
    try:
        popen.wait(timeout_of(case))
    except subprocess.TimeoutExpired as expired:
        first = [str(expired)]
        popen.send_signal(case.get('signal', 9, int))
    return first + [popen.wait(LONG), popen.poll(), popen.send_signal(9), repr(popen)]


def do_check_output(case):
    arguments = popen_arguments(case)
    del arguments['stdout']
    if 'input' in case.words:
        arguments['input'] = input_of(case)
    return [subprocess.check_output(command(case), timeout=timeout_of(case), **arguments)]


def do_popen(case):
    mode = case.get('mode')
    stream = os.popen(case.get('arg'), mode)
    result = stream.read() if mode == 'r' else stream.write(case.get('input', ''))
    status = stream.close()
    return [result if mode == 'r' else None, (status or 0) >> 8]


def do_system(case):
    """os.system leaves ignored what Python ignores for itself; its replacement in the manual, call(shell=True), does not."""
    ignored = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGPIPE, signal.SIGXFSZ)}
    status = os.system(case.get('arg'))
    for number, action in ignored.items():
        signal.signal(number, action)
    return [os.waitstatus_to_exitcode(status)]


CALLS = {
    'run': do_run,
    'communicate': do_communicate,
    'wait': do_wait,
    'check_output': do_check_output,
    'popen': do_popen,
    'call': lambda case: [subprocess.call(command(case), timeout=timeout_of(case), **popen_arguments(case))],
    'check_call': lambda case: [subprocess.check_call(command(case), **popen_arguments(case))],
    'getoutput': lambda case: [subprocess.getoutput(case.get('arg'))],
    'getstatusoutput': lambda case: subprocess.getstatusoutput(case.get('arg')),
    'system': do_system,
}


def outcome(case):
    try:
        return ['ok'] + list(CALLS[case.get('api')](case))
    except subprocess.SubprocessError as error:
        return outcome_of_failed(case, error)
    except OSError as error:
        return ['OSError', str(error)]
    except Exception as error:
        return [type(error).__name__]


def outcome_of_failed(case, error):
    if case.get('api') != 'run':
        return [type(error).__name__]
    if isinstance(error, subprocess.CalledProcessError):
        return ['CalledProcessError', str(error), error.returncode, error.output, error.stderr]
    error.timeout = timeout_of(case)  # where there is no pipe it is what was left of it
    return ['TimeoutExpired', str(error), error.output or b'', error.stderr or b'']


class Stage:
    """Files in the place of the standard streams while a child may inherit them."""

    def __init__(self):
        self.files = [tempfile.TemporaryFile() for _ in range(3)]
        self.saved = [os.dup(fd) for fd in range(3)]
        self.files[0].write(b"the parent's input\n")
        self.files[0].flush()

    def perform(self, case):
        for fd, file in enumerate(self.files):
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            os.dup2(file.fileno(), fd)
        try:
            result = outcome(case)
        finally:
            for fd, saved in enumerate(self.saved):
                os.dup2(saved, fd)
        for file in self.files[1:]:
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            result.append(file.read())
            file.truncate(0)
        return result


resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
os.dup2(0, 50)
os.dup2(0, 51, inheritable=False)
STAGE = Stage()
with open(sys.argv[1], encoding='ascii') as cases:
    for each in cases:
        print(*map(show, STAGE.perform(Case(each))), '', flush=True)
