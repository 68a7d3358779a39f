/* wait.c - the end of a child: any number of threads wait, one reaps, all get the status.
 *
 * Waiting is a poll on the pidfd and needs no lock. Reaping is an instant under the lock `reap`. A child whose
 * output is captured and that nobody reads is drained by whoever waits, under the lock `io`; others wait for the
 * drainer. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "process/fds.h"
#include "subprocess/popen_internal.h"
#include "time/time_internal.h"

static bool reap_locked(thrum_popen *popen) {
    int returncode;
    if (popen->ended)
        return true;
    if (thrum__process_reap(&popen->process, &returncode) == 0)
        return false;
    popen->returncode = returncode;
    /* Release: pairs with the acquire loads, so that whoever sees the end sees the status. */
    __atomic_store_n(&popen->ended, true, __ATOMIC_RELEASE);
    return true;
}

bool thrum__popen_reap(thrum_popen *popen) {
    thrum_lock_acquire(&popen->reap);
    bool ended = reap_locked(popen);
    thrum_lock_release(&popen->reap);
    return ended;
}

bool thrum_popen_poll(thrum_popen *popen, int *ret_returncode) {
    if (!thrum_popen_returncode(popen, NULL) && !thrum__popen_reap(popen))
        return false;
    return thrum_popen_returncode(popen, ret_returncode);
}

/* -- waiting */

/* The end can be seen before the child can be reaped: a debugger that traces it comes first. */
static void leave_it_to_the_tracer(void) {
    enum { moment = 1000000 };
    thrum__poll(NULL, 0, thrum__add_saturated(thrum_monotonic_ns(), moment));
}

int thrum__popen_wait_end(thrum_popen *popen, int64_t deadline) {
    if (thrum_popen_returncode(popen, NULL))
        return 0;
    for (;;) {
        int r = thrum__process_wait_end(&popen->process, deadline);
        if (r == THRUM_TIMED_OUT)
            return THRUM_TIMEOUT_EXPIRED;
        if (r < 0)
            return r;
        if (thrum__popen_reap(popen))
            return 0;
        if (thrum_deadline_passed((thrum_deadline){deadline}))
            return THRUM_TIMEOUT_EXPIRED;
        leave_it_to_the_tracer();
    }
}

int thrum__popen_lock_io(thrum_popen *popen, int64_t deadline) THRUM_UNCHECKED {
    thrum_timeout left = deadline == INT64_MIN ? THRUM_NOWAIT : thrum_deadline_left((thrum_deadline){deadline});
    int r = thrum_lock_acquire_timed(&popen->io, left);
    return r == THRUM_TIMED_OUT ? THRUM_TIMEOUT_EXPIRED : r;
}

/* Only streams that nobody has taken over. A drain that is left out has no descriptor for the time being. */
static int drain_until_end(thrum_popen *popen, int64_t deadline) {
    int set_aside[2] = {-1, -1};
    for (int i = 0; i < 2; i++) {
        if (!popen->taken[thrum__out + i])
            continue;
        set_aside[i] = popen->drains[i].fd;
        popen->drains[i].fd = -1;
    }
    int r = thrum__exchange(NULL, popen->drains, 2, &popen->process, popen->output_limit, deadline);
    for (int i = 0; i < 2; i++)
        if (set_aside[i] >= 0)
            popen->drains[i].fd = set_aside[i];
    return r == THRUM_TIMED_OUT ? THRUM_TIMEOUT_EXPIRED : r;
}

static bool needs_draining(const thrum_popen *popen) {
    for (int i = 0; i < 2; i++)
        if (popen->piped[thrum__out + i] && !popen->taken[thrum__out + i])
            return true;
    return false;
}

int thrum__popen_wait(thrum_popen *popen, int64_t deadline) {
    if (thrum_popen_returncode(popen, NULL))
        return 0;
    if (needs_draining(popen)) {
        int r = thrum__popen_lock_io(popen, deadline);
        if (r != 0)
            return thrum_popen_poll(popen, NULL) ? 0 : r;
        if (!thrum_popen_returncode(popen, NULL))
            r = drain_until_end(popen, deadline);
        thrum_lock_release(&popen->io);
        if (r < 0)
            return r;
    }
    return thrum__popen_wait_end(popen, deadline);
}

int thrum_popen_wait_timed(thrum_popen *popen, thrum_timeout timeout, int *ret_returncode) {
    int64_t deadline;
    int r = thrum__deadline(timeout, THRUM__NEGATIVE_IS_EXPIRED, &deadline);
    if (r == 0)
        r = thrum__popen_wait(popen, deadline);
    if (r == 0)
        thrum_popen_returncode(popen, ret_returncode);
    return r;
}

int thrum_popen_wait(thrum_popen *popen, int *ret_returncode) {
    return thrum_popen_wait_timed(popen, THRUM_FOREVER, ret_returncode);
}

/* -- signals */

int thrum_popen_send_signal(thrum_popen *popen, int number) {
    thrum_lock_acquire(&popen->reap);
    int r = reap_locked(popen) ? 0 : thrum__process_signal(&popen->process, number);
    thrum_lock_release(&popen->reap);
    return r;
}

int thrum_popen_terminate(thrum_popen *popen) {
    return thrum_popen_send_signal(popen, SIGTERM);
}

int thrum_popen_kill(thrum_popen *popen) {
    return thrum_popen_send_signal(popen, SIGKILL);
}

/* Somebody else has reaped the child, or the kernel: then its number may be a stranger's. */
static bool is_lost(const thrum_popen *popen) {
    siginfo_t info;
    return thrum__process_waitid(&popen->process, &info, WEXITED | WNOHANG | WNOWAIT) == -ECHILD;
}

/* The tree is searched before anything is reaped: as long as the child is there, dead or alive, its number is its
 * own. */
int thrum_popen_kill_tree(thrum_popen *popen, int number) {
    int r = 0;
    thrum_lock_acquire(&popen->reap);
    if (!popen->ended && is_lost(popen))
        reap_locked(popen);
    if (!popen->ended)
        r = thrum__process_signal_tree(&popen->process, number);
    else if (popen->leads_group)
        r = thrum__process_signal_group(&popen->process, true, number);
    thrum_lock_release(&popen->reap);
    return r;
}
