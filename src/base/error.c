/* error.c - the names and sentences of result codes, generated from THRUM_ERROR_MAP. */
#include <errno.h>
#include <string.h>

#include <thrum/base.h>

typedef struct error_text {
    int code;
    const char *python, *message;
} error_text;

static const error_text texts[] = {
#define TEXT(name, value, python, message) {(value), (python), (message)},
    THRUM_ERROR_MAP(TEXT)
#undef TEXT
};

/* Python's subclasses of OSError, by errno (PEP 3151), and the two errno values that raise something else. */
static const error_text os_names[] = {
    {ENOMEM, "MemoryError", NULL},
    {EAGAIN, "BlockingIOError", NULL},
    {EALREADY, "BlockingIOError", NULL},
    {EINPROGRESS, "BlockingIOError", NULL},
    {EPIPE, "BrokenPipeError", NULL},
    {ESHUTDOWN, "BrokenPipeError", NULL},
    {ECHILD, "ChildProcessError", NULL},
    {ECONNABORTED, "ConnectionAbortedError", NULL},
    {ECONNREFUSED, "ConnectionRefusedError", NULL},
    {ECONNRESET, "ConnectionResetError", NULL},
    {EEXIST, "FileExistsError", NULL},
    {ENOENT, "FileNotFoundError", NULL},
    {EINTR, "InterruptedError", NULL},
    {EISDIR, "IsADirectoryError", NULL},
    {ENOTDIR, "NotADirectoryError", NULL},
    {EACCES, "PermissionError", NULL},
    {EPERM, "PermissionError", NULL},
    {ESRCH, "ProcessLookupError", NULL},
    {ETIMEDOUT, "TimeoutError", NULL},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
enum { last_errno = 4095 }; /* the kernel's MAX_ERRNO: codes of ours begin below it */

static const error_text *find(const error_text *list, size_t count, int code) {
    for (size_t i = 0; i < count; i++)
        if (list[i].code == code)
            return &list[i];
    return NULL;
}

const char *thrum_error_name(int result) {
    if (result >= 0)
        return "OK";
    if (result >= -last_errno) {
        const error_text *os = find(os_names, COUNT(os_names), -result);
        return os ? os->python : "OSError";
    }
    const error_text *own = find(texts, COUNT(texts), result);
    return own ? own->python : "UnknownError";
}

const char *thrum_strerror(int result) {
    if (result >= 0)
        return "success";
    if (result >= -last_errno)
        return strerror(-result);
    const error_text *own = find(texts, COUNT(texts), result);
    return own ? own->message : "not a result of this library";
}
