/* shared.h - what the process that runs schedules and the one that directs it have in common.
 *
 * Schedules run in a child process (worker.c), because a failing one leaves threads that wait for ever, locks that
 * are held, or a crash. The child writes what it does into memory that both map, so that nothing is lost when it
 * dies.
 */
#ifndef THRUM_EXPLORE_SHARED_H
#define THRUM_EXPLORE_SHARED_H

#include <thrum/explore.h>

enum {
    x_most_threads = 64,
    x_most_switches =
        1 << 17,           /* of a schedule that can be repeated: more than thrum_explore_options.steps, by default */
    x_most_steps = 16384,  /* that are kept for the report: the last ones */
    x_most_names = 64,     /* objects whose names are kept */
    x_most_levels = 16384, /* decisions in a schedule of the exhaustive strategy */
    x_seen_bits = 20       /* distinct schedules are counted up to three quarters of a million */
};

/* A decision that is not the ordinary one (go on with the running thread; or, when it cannot, with the oldest that
 * can). */
typedef struct x_switch {
    uint32_t decision; /* counted from 0; of a fault: which of the thread's places fails */
    uint32_t number;   /* of a thread; of x_data: what was chosen */
    enum x_kind { x_to_thread, x_time_out /* the thread's time runs out */, x_data, x_fault } kind;
} x_switch;

/* One operation, for people. */
typedef struct x_step {
    uint16_t thread, object; /* numbers in the order of appearance */
    const char *fault;       /* one of the faults that this schedule has: "fails", "comes"; or NULL */
    const char *verb;        /* as `fault`, in the program's text, which both processes have */
    const void *site;        /* a place in it, or NULL */
} x_step;

/* An access to memory. */
typedef struct x_access {
    const void *address;
    size_t size;
    uint32_t kind, thread;
    const void *site;
} x_access;

typedef struct x_level {
    uint32_t options, taken; /* how many choices there were, and which is being explored */
    bool of_numbers;         /* the choices are 0 to options - 1; else they are */
    uint16_t threads[x_most_threads];
    bool time_outs[x_most_threads]; /* who go on because their time runs out */
    bool preempts[x_most_threads];
} x_level;

/* How to run one schedule. */
typedef struct x_order {
    thrum_explore_strategy strategy;
    uint32_t depth; /* of PCT */
    uint64_t seed;
    thrum_explore_grain grain;
    int signal;  /* that may come at any place, or 0 */
    bool replay; /* follow `switches` */
    uint32_t switch_count;
    x_switch switches[x_most_switches];
} x_order;

/* What happened in the schedule that ran last. */
typedef struct x_outcome {
    bool running;        /* true while it runs: when the process is dead it crashed */
    bool dirty;          /* threads were left over: the process cannot run another */
    bool impatient;      /* the failure is that nothing happened for as long as options.patience */
    uint32_t turn;       /* the thread that has it */
    uint32_t pulse;      /* counts while real time is given to what is outside */
    const char *outside; /* what a thread waited for that is not under control, or NULL; in the program's text */
    thrum_explore_failure failure;
    char text[6000];
    x_access race[2]; /* of a data race: the access, and the earlier one that nothing orders it after */
    uint64_t hash;    /* of all that was decided and done */
    uint32_t decisions, steps, threads, switch_count;
    uint64_t fault_places; /* where one of options.faults could be */
    bool switches_overflowed;
    x_switch switches[x_most_switches];
    x_step trace[x_most_steps];            /* a ring */
    char thread_names[x_most_threads][48]; /* filled in when a schedule is repeated, and when one fails */
    char object_names[x_most_names][48];   /* likewise; by number, "" when an object has none */
} x_outcome;

/* The exhaustive strategy's way through the tree of schedules. */
typedef struct x_search {
    uint32_t depth; /* of the path */
    uint32_t level; /* in it of the next decision */
    bool complete;
    uint64_t cut; /* schedules that were too long for the path, or left it: the test did not repeat itself */
    x_level path[x_most_levels];
} x_search;

typedef struct x_shared {
    /* the exploration */
    thrum_explore_options options;
    uint64_t schedules, distinct, longest, partly;
    const char *outside; /* of the last schedule that was partly under control */
    int64_t
        patience; /* how long nothing may happen, in ns; less when a failure is repeated for which that is the sign */
    uint32_t threads;
    uint64_t pct_runs[5];
    uint64_t pct_length;   /* PCT's k: decisions in the longest schedule so far */
    uint64_t fault_places; /* in the schedule with most of them so far; those that options.faults lets fail */
    int64_t deadline;      /* on the real clock */
    bool silent;           /* what the test says on standard error is not to be seen */
    x_order order;
    x_outcome outcome;
    uint64_t seen[1 << x_seen_bits];
    x_search search;
} x_shared;

#endif
