/* plan.h - what the parent has prepared and the child carries out. */
#ifndef THRUM_PROCESS_PLAN_H
#define THRUM_PROCESS_PLAN_H

#include "process/spawn.h"

typedef struct thrum__plan {
    const thrum__spawn_request *request;
    char **programs; /* the paths to try, NULL-terminated */
    const char *const *argv, *const *envp;
    thrum__fd_place *places; /* a copy: the child writes into it */
    int above_targets;       /* the first number that is no target, and no standard stream */
    int *kept;               /* what stays open above 2, sorted: targets and request->keep */
    size_t kept_count;
    unsigned long *cpus;     /* a bit per processor */
    size_t cpus_size;        /* bytes at cpus */
    pid_t parent;            /* 0 unless a death signal is asked for */
    thrum__signal_mask mask; /* of the thread that spawns, for the child */
} thrum__plan;

/* The child, from its first instruction to exec: a thrum__child_body. */
void thrum__child_run(const void *plan, thrum__spawn_report *report);

#endif
