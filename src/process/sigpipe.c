#include "process/sigpipe.h"

#include <errno.h>
#include <time.h>

static bool is_pending(void) {
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE);
}

static sigset_t only_sigpipe(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    return set;
}

void thrum__sigpipe_block(thrum__sigpipe_guard *guard) {
    sigset_t set = only_sigpipe();
    guard->was_pending = is_pending();
    pthread_sigmask(SIG_BLOCK, &set, &guard->old);
}

void thrum__sigpipe_restore(const thrum__sigpipe_guard *guard) {
    static const struct timespec now;
    int before = errno;
    if (!guard->was_pending && is_pending()) {
        sigset_t set = only_sigpipe();
        while (sigtimedwait(&set, NULL, &now) < 0 && errno == EINTR)
            ;
    }
    pthread_sigmask(SIG_SETMASK, &guard->old, NULL);
    errno = before;
}
