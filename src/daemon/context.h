/* context.h - what the files of the daemon context share. */
#ifndef THRUM_DAEMON_CONTEXT_INTERNAL_H
#define THRUM_DAEMON_CONTEXT_INTERNAL_H

#include <thrum/daemon/context.h>

struct thrum_daemon_context {
    thrum_daemon_options options; /* its strings are copies, owned */
    bool is_open;
    pid_t pid;    /* of the daemon */
    int report;   /* the daemon's end of the pipe to the original process; -1: none, or nothing more to say */
    int notify;   /* a socket to the service manager, connected before the root changes; -1: none */
    int saved[3]; /* where the standard streams go: copies above 2, while they are put in place; -1: none */
    thrum_daemon_failure failure;
    char filename[256]; /* what failure.filename points to */
};

/* A step: 0, or a negative code. Cause is set in context->failure where it is not the code. */
typedef struct thrum__daemon_step {
    const char *stage;
    int (*run)(thrum_daemon_context *context);
} thrum__daemon_step;

/* The steps in the daemon, in their order. */
extern const thrum__daemon_step thrum__daemon_steps[];
extern const int thrum__daemon_step_count;

/* Record a failure. Returns its code. */
int thrum__daemon_failed(thrum_daemon_context *context, int code, const char *stage);

/* What the step is about that comes next: the name for a failure. NULL: nothing that has a name. */
void thrum__daemon_about(thrum_daemon_context *context, const char *filename);

/* Leave the process: returns 0 in the daemon. In the original process, THRUM_DAEMON_PARENT when the daemon is up, or
 * a negative code, recorded. */
int thrum__daemon_detach(thrum_daemon_context *context);

/* From the daemon to the original process. The first closes the pipe, the second leaves it to exec, the third closes
 * it. */
void thrum__daemon_report_up(thrum_daemon_context *context);
void thrum__daemon_report_exec(thrum_daemon_context *context);
void thrum__daemon_report_failure(thrum_daemon_context *context);

/* The same descriptor above 2, where no standard stream will be put over it. Negative numbers come back as they are.
 */
int thrum__move_up(int fd);

/* Close every descriptor above 2 that is not in the list, which is sorted by this. */
void thrum__close_all_except(int *kept, size_t count);

/* A socket connected to what $NOTIFY_SOCKET names; -1 when there is none, or -errno. */
int thrum__notify_connect(void);

#endif
