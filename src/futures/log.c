/* log.c - the log and the texts.
 *
 * Locking: receiver.latch protects the function and its argument, which are copied out and called without it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "futures/future_internal.h"
#include "threading/report.h"

static struct {
    thrum__latch latch;
    void (*log)(const char *text, void *arg); /* NULL is stderr */
    void *arg;
} receiver;

void thrum_futures_set_log(void (*log)(const char *text, void *arg), void *arg) {
    thrum__latch_lock(&receiver.latch);
    receiver.log = log;
    receiver.arg = arg;
    thrum__latch_unlock(&receiver.latch);
}

void thrum__futures_log(const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text - 1, format, args); /* one is left for the newline */
    va_end(args);
    thrum__latch_lock(&receiver.latch);
    void (*log)(const char *text, void *arg) = receiver.log;
    void *arg = receiver.arg;
    thrum__latch_unlock(&receiver.latch);
    if (log) {
        log(text, arg);
    } else {
        strcat(text, "\n"); /* one write, so that the lines of two threads do not mix */
        (void)thrum__write_all(STDERR_FILENO, text, strlen(text)); /* there is nowhere to complain */
    }
}

const char *thrum_future_state_name(thrum_future_state state) {
    static const char *const names[] = {"PENDING", "RUNNING", "CANCELLED", "CANCELLED_AND_NOTIFIED", "FINISHED"};
    return names[state];
}

int thrum_future_repr(const thrum_future *future, char *buffer, size_t size) {
    static const char *const words[] = {"pending", "running", "cancelled", "cancelled"};
    thrum_future_state state = thrum_future_state_of(future);
    if (state != THRUM_FUTURE_FINISHED)
        return snprintf(buffer, size, "<thrum_future at %p state=%s>", (const void *)future, words[state]);
    if (future->error_ < 0)
        return snprintf(buffer, size, "<thrum_future at %p state=finished raised %s>", (const void *)future,
                        thrum_error_name(future->error_));
    if (!future->result_)
        return snprintf(buffer, size, "<thrum_future at %p state=finished returned NULL>", (const void *)future);
    return snprintf(buffer, size, "<thrum_future at %p state=finished returned %p>", (const void *)future,
                    future->result_);
}
