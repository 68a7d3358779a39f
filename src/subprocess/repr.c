/* repr.c - the sentences of Python's exceptions and the repr() of its objects, to the letter. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include <thrum/subprocess/run.h>

#include "subprocess/popen_internal.h"
#include "subprocess/writer.h"
#include "time/time_internal.h"

/* -- names of signals */

typedef struct signal_name {
    int number;
    const char *name;
} signal_name;

#define NAMED(name)                                                                                                  \
    { SIG##name, "SIG" #name }

/* The names that Python's enumeration prefers where a number has two. */
static const signal_name signal_names[] = {
    NAMED(ABRT), NAMED(ALRM), NAMED(BUS),  NAMED(CHLD), NAMED(CONT),   NAMED(FPE),   NAMED(HUP),    NAMED(ILL),
    NAMED(INT),  NAMED(IO),   NAMED(KILL), NAMED(PIPE), NAMED(PROF),   NAMED(QUIT),  NAMED(SEGV),   NAMED(STOP),
    NAMED(SYS),  NAMED(TERM), NAMED(TRAP), NAMED(TSTP), NAMED(TTIN),   NAMED(TTOU),  NAMED(URG),    NAMED(USR1),
    NAMED(USR2), NAMED(XCPU), NAMED(XFSZ), NAMED(PWR),  NAMED(VTALRM), NAMED(WINCH), NAMED(STKFLT),
};

static const char *name_of(int number) {
    for (size_t i = 0; i < sizeof signal_names / sizeof signal_names[0]; i++)
        if (signal_names[i].number == number)
            return signal_names[i].name;
    return number == SIGRTMIN ? "SIGRTMIN" : number == SIGRTMAX ? "SIGRTMAX" : NULL;
}

/* -- sentences */

static void write_command(thrum__writer *writer, const thrum_completed_process *completed) {
    thrum__write_text(writer, "Command '");
    thrum__write_args(writer, completed->args, completed->shell, false);
    thrum__write_text(writer, "' ");
}

static void write_failed(thrum__writer *writer, const thrum_completed_process *completed) {
    int number = -completed->returncode;
    write_command(writer, completed);
    if (number <= 0)
        thrum__write_format(writer, "returned non-zero exit status %d.", completed->returncode);
    else if (name_of(number))
        thrum__write_format(writer, "died with <Signals.%s: %d>.", name_of(number), number);
    else
        thrum__write_format(writer, "died with unknown signal %d.", number);
}

/* A whole number of seconds without a point, as an int; else as few digits as say it. */
static void write_timed_out(thrum__writer *writer, const thrum_completed_process *completed) {
    char digits[16];
    int64_t ns = completed->timeout.ns;
    uint64_t size = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    snprintf(digits, sizeof digits, "%09u", (unsigned)(size % thrum__ns_per_s));
    for (size_t end = strlen(digits); end > 0 && digits[end - 1] == '0'; end--)
        digits[end - 1] = 0;
    write_command(writer, completed);
    thrum__write_format(writer, "timed out after %s%llu%s%s seconds", ns < 0 ? "-" : "",
                        (unsigned long long)(size / thrum__ns_per_s), *digits ? "." : "", digits);
}

static void write_limit(thrum__writer *writer, const thrum_completed_process *completed) {
    write_command(writer, completed);
    thrum__write_text(writer, "wrote more than the limit that was set for its output");
}

static void write_captured(thrum__writer *writer, const char *name, const thrum_output *output, bool text) {
    if (!output->data)
        return;
    thrum__write_text(writer, name);
    if (text)
        thrum__write_str(writer, output->data, output->size);
    else
        thrum__write_bytes(writer, output->data, output->size);
}

static void write_completed(thrum__writer *writer, const thrum_completed_process *completed) {
    thrum__write_text(writer, "CompletedProcess(args=");
    thrum__write_args(writer, completed->args, completed->shell, true);
    thrum__write_format(writer, ", returncode=%d", completed->returncode);
    write_captured(writer, ", stdout=", &completed->out, completed->text);
    write_captured(writer, ", stderr=", &completed->err, completed->text);
    thrum__write_text(writer, ")");
}

int thrum_completed_process_repr(const thrum_completed_process *completed, char *buffer, size_t size) {
    thrum__writer writer = thrum__writer_new(buffer, size);
    write_completed(&writer, completed);
    return thrum__writer_end(&writer);
}

int thrum_completed_process_str(const thrum_completed_process *completed, char *buffer, size_t size) {
    thrum__writer writer = thrum__writer_new(buffer, size);
    switch (completed->result) {
    case THRUM_CALLED_PROCESS_ERROR:
        write_failed(&writer, completed);
        break;
    case THRUM_TIMEOUT_EXPIRED:
        write_timed_out(&writer, completed);
        break;
    case THRUM_LIMIT_EXCEEDED:
        write_limit(&writer, completed);
        break;
    default:
        write_completed(&writer, completed);
    }
    return thrum__writer_end(&writer);
}

/* -- Popen */

static void write_popen(thrum__writer *writer, const thrum_popen *popen) {
    int returncode;
    thrum__write_text(writer, "<Popen: returncode: ");
    if (thrum_popen_returncode(popen, &returncode))
        thrum__write_format(writer, "%d", returncode);
    else
        thrum__write_text(writer, "None");
    thrum__write_text(writer, " args: ");
    thrum__write_args(writer, thrum_popen_args(popen), popen->shell, true);
    thrum__write_text(writer, ">");
}

/* More than 80 characters are 76 and "...>". */
int thrum_popen_repr(const thrum_popen *popen, char *buffer, size_t size) {
    enum { longest = 80, kept = 76 };
    thrum__writer whole = thrum__writer_new(NULL, 0), writer = thrum__writer_new(buffer, size);
    write_popen(&whole, popen);
    if (whole.points > longest)
        writer.limit = kept;
    write_popen(&writer, popen);
    writer.limit = 0;
    if (whole.points > longest)
        thrum__write_text(&writer, "...>");
    return thrum__writer_end(&writer);
}

int thrum_popen_failure_str(const thrum_popen_failure *failure, char *buffer, size_t size) {
    enum { last_errno = 4095 };
    thrum__writer writer = thrum__writer_new(buffer, size);
    bool is_os = failure->code < 0 && failure->code >= -last_errno;
    if (failure->code == THRUM_SUBPROCESS_ERROR)
        thrum__write_text(&writer, "Exception occurred in preexec_fn.");
    else if (is_os)
        thrum__write_format(&writer, "[Errno %d] %s", -failure->code, thrum_strerror(failure->code));
    else
        thrum__write_text(&writer, thrum_strerror(failure->code));
    if (is_os && failure->filename) {
        thrum__write_text(&writer, ": ");
        thrum__write_str(&writer, failure->filename, strlen(failure->filename));
    }
    return thrum__writer_end(&writer);
}
