/* thrum/explore/history.h - record what threads called and got, and check that it is a queue (lock, stack...).
 *
 * The idea
 *   Several threads use an object at the same time, and each call takes effect at one moment between its beginning
 *   and its end: then, whatever the object does inside, the results are those of the same calls made one after the
 *   other in some order. That is linearizability (Herlihy and Wing, 1990), and it is all that a caller can ask of a
 *   queue, a stack, a counter or a lock. So note down each call when it begins and when it returns, and have an order
 *   looked for:
 *
 *       static thrum_history *history;
 *       thrum_history_new(&history, &thrum_model_queue, &(thrum_history_options){.threads = 3, .limit = 4});
 *
 *       thrum_history_call(history, me, THRUM_HISTORY_PUT, item, 0);          in thread `me`, which is 0, 1 or 2
 *       int r = my_queue_put(queue, item);
 *       thrum_history_return(history, me, r, 0);
 *
 *       thrum_history_call(history, me, THRUM_HISTORY_GET, 0, 0);
 *       r = my_queue_get(queue, &item);
 *       thrum_history_return(history, me, r, item);
 *
 *       thrum_history_result result;
 *       if (thrum_history_check(history, &result) == THRUM_HISTORY_VIOLATED)  when the threads are done
 *               fputs(result.text, stderr);
 *
 *   When there is no such order, the text shows the shortest beginning of the history that has none, a column per
 *   thread, and what comes closest to an explanation:
 *
 *       queue: no order of the calls gives these results
 *               T0        T1
 *            1  put(1)
 *            2  |         get()
 *            3  = 0       |
 *            4  put(2)    |
 *            5  = 0       |
 *            6            = 2       <- no order up to here
 *       explained until then by: T0 put(1) = 0, T0 put(2) = 0; the state: [1, 2]
 *
 *   In the body of thrum_explore() call thrum_history_clear() first and thrum_history_verify() last: then a history
 *   without an order is a failed schedule, with a seed, and is replayed and reduced like any other. Explorer and
 *   model together are a complete test of a structure that uses no locks.
 *
 * A model of one's own
 *   A thrum_history_model is the object as one thread would write it: a state and a step. The state is a block of
 *   bytes, so it needs no functions to copy, hash and compare it:
 *
 *       typedef struct largest { int64_t most; } largest;
 *       static size_t size(const thrum_history_options *o, size_t operations) { return sizeof(largest); }
 *       static void init(const thrum_history_options *o, void *state) { ((largest *)state)->most = o->initial; }
 *       static bool step(const thrum_history_options *o, void *state, const thrum_history_operation *op) {
 *               largest *s = state;                           verb 0, offer(x), gives what was the most before
 *               bool allowed = thrum_history_pending(op) || op->value == s->most;
 *               s->most = op->argument[0] > s->most ? op->argument[0] : s->most;
 *               return allowed;
 *       }
 *       static const thrum_history_verb verbs[] = {{"offer", 1, THRUM_HISTORY_VALUE}};
 *       static const thrum_history_model model = {.name = "largest", .verbs = verbs, .verb_count = 1,
 *                                                 .size = size, .init = init, .step = step};
 *
 * Limits
 *   At most 64 threads, and as many operations per thread as options.operations says: a history with more, and one
 *   that takes more states to decide than options.states, is -E2BIG, neither right nor wrong. Looking for an order is
 *   NP-complete in general. Histories of locks, registers, counters and bounded queues of some thousand operations
 *   take milliseconds; an unbounded queue that several threads fill before anything is taken out can be too much from
 *   some twenty items on, because the order of the puts shows so late.
 *
 *   Without exploration the order of two calls in different threads is that of the monotonic clock, read outside of
 *   both; calls whose times touch count as simultaneous, so no violation is made up. options.exact numbers the events
 *   with one shared counter instead: exact, but the threads then meet in it and hide what they would do otherwise.
 */
#ifndef THRUM_EXPLORE_HISTORY_H
#define THRUM_EXPLORE_HISTORY_H

#include <thrum/base.h>

/* What the models of this header know. A model of one's own has numbers of its own, from 0. */
enum {
    THRUM_HISTORY_READ,       /* = the value                                    register, counter, semaphore */
    THRUM_HISTORY_WRITE,      /* (value)                                                   register */
    THRUM_HISTORY_SWAP,       /* (expected, new) is compare and swap; the result: done?    register */
    THRUM_HISTORY_ADD,        /* (n) = the value before                                    counter */
    THRUM_HISTORY_PUT,        /* (item), or THRUM_FULL                                     queues, stack */
    THRUM_HISTORY_GET,        /* = an item, or THRUM_EMPTY                                 queues, stack */
    THRUM_HISTORY_SIZE,       /* = how many items there are                                queues, stack */
    THRUM_HISTORY_SHUTDOWN,   /* (immediate): puts, and gets of nothing, are THRUM_SHUT_DOWN afterwards */
    THRUM_HISTORY_INSERT,     /* (item); the result: was it new?                           set */
    THRUM_HISTORY_REMOVE,     /* (item); the result: was it there?                         set */
    THRUM_HISTORY_CONTAINS,   /* (item); the result: is it there?                          set */
    THRUM_HISTORY_ACQUIRE,    /* or THRUM_TIMED_OUT                                        locks, semaphore */
    THRUM_HISTORY_RELEASE,    /* () of a lock, (n) of a semaphore                          locks, semaphore */
    THRUM_HISTORY_LOCKED,     /* the result: is it locked?                                 locks */
    THRUM_HISTORY_VERB_COUNT_ /* one more than the last */
};

/* In `returned`: the call has not come back. It may have taken effect, or may do so at any time, or never. */
#define THRUM_HISTORY_NEVER UINT64_MAX

/* A call, from beginning to end. */
typedef struct thrum_history_operation {
    uint32_t thread;
    uint32_t verb;
    int64_t argument[2];
    int64_t result; /* 0 or a negative code; or the answer to a question */
    int64_t value;  /* what it handed out */
    uint64_t called, returned;
} thrum_history_operation;

/* thrum_history_new()'s options. Zero is the default for each. */
typedef struct thrum_history_options {
    uint32_t threads;    /* at most 64; 0: 8 */
    uint32_t operations; /* of each thread, at most; 0: 1000 */
    int64_t initial;     /* the value of a register, a counter or a semaphore at the beginning */
    int64_t limit;       /* the most items of a queue, the bound of a semaphore; 0: none */
    uint64_t states;     /* how many a check may look at; 0: 1,000,000 */
    bool exact;          /* count events in place of reading the clock */
} thrum_history_options;

/* What is printed after the "=" of an operation. */
typedef enum thrum_history_gives {
    THRUM_HISTORY_RESULT, /* its result: "0", or the name of an error */
    THRUM_HISTORY_VALUE,  /* its value, or the name of an error */
    THRUM_HISTORY_ANSWER  /* "true" or "false" */
} thrum_history_gives;

/* How an operation is printed. */
typedef struct thrum_history_verb {
    const char *name;
    uint32_t arguments; /* how many of them: 0, 1 or 2 */
    thrum_history_gives gives;
} thrum_history_verb;

/* What an object is meant to do, when one thread uses it. States are blocks of bytes; two with the same bytes are the
 * same, and that two which mean the same have the same bytes makes the check faster. */
typedef struct thrum_history_model {
    const char *name;
    const thrum_history_verb *verbs;
    size_t verb_count;

    /* How many bytes a state takes at most in a history of so many operations. */
    size_t (*size)(const thrum_history_options *options, size_t operations);
    /* The state at the beginning; all bytes are zero. */
    void (*init)(const thrum_history_options *options, void *state);
    /* May the operation happen in this state, with this result? Then change the state and return true. Otherwise
     * return false; what became of the state does not matter. For a pending operation, any result is right. */
    bool (*step)(const thrum_history_options *options, void *state, const thrum_history_operation *operation);
    /* How many bytes of a state are in use, from its beginning; the others are not kept. NULL: all. */
    size_t (*used)(const void *state);
    /* Write a state down for people, as snprintf() does. NULL: it is not shown. */
    void (*print)(const void *state, char *buffer, size_t size);
} thrum_history_model;

/* What is here already. A failed operation has done nothing: an empty queue cannot be got from, a full one
 * (options.limit) not put into, a taken lock not acquired; and THRUM_EMPTY, THRUM_FULL and THRUM_TIMED_OUT are wrong
 * in other states. A -errno is right in every state. */
extern THRUM_API const thrum_history_model thrum_model_register;
extern THRUM_API const thrum_history_model thrum_model_counter;
extern THRUM_API const thrum_history_model thrum_model_stack;          /* get gives the newest item, */
extern THRUM_API const thrum_history_model thrum_model_queue;          /* the oldest, */
extern THRUM_API const thrum_history_model thrum_model_priority_queue; /* the smallest */
extern THRUM_API const thrum_history_model thrum_model_set;
extern THRUM_API const thrum_history_model thrum_model_lock;  /* any thread may release it, */
extern THRUM_API const thrum_history_model thrum_model_rlock; /* its owner only */
extern THRUM_API const thrum_history_model thrum_model_semaphore;

/* What a check found. */
typedef struct thrum_history_result {
    size_t operations; /* in the history */
    size_t pending;    /* those of them that have not returned */
    uint64_t states;   /* that were looked at */
    size_t prefix;     /* calls and returns, counted together, in the shortest beginning without an order; 0: none */
    char text[5000];   /* the whole, for people; several lines */
} thrum_history_result;

/* thrum_history_check() found that no order explains the results. */
#define THRUM_HISTORY_VIOLATED 1

typedef struct thrum_history thrum_history;

THRUM_BEGIN_DECLS

/* Make a history, empty, of an object that is meant to be as `model` says. All memory that recording needs is taken
 * here.
 *
 * `options` may be NULL; the model is used until the history is freed. Returns 0 and the history in *ret_history;
 * THRUM_VALUE_ERROR for more than 64 threads; -ENOMEM; and *ret_history is untouched. The caller owns the history:
 * thrum_history_free().
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_history_new(thrum_history **ret_history, const thrum_history_model *model,
                                                const thrum_history_options *options);

/* Free the history. NULL is allowed. Returns NULL.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_history *thrum_history_free(thrum_history *history);

/* Forget what was recorded. The first thing to do in each schedule of an exploration.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_history_clear(thrum_history *history);

/* Thread number `thread` is about to do `verb` with these arguments: one thread at a time uses a number, different
 * numbers may be used at the same time. Under exploration, another thread may be given its turn here. No lock is
 * taken and no memory; what is too much is noticed by the check. Aborts when the thread has not returned from the
 * operation before, or when its number is not below options.threads.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_history_call(thrum_history *history, uint32_t thread, uint32_t verb, int64_t argument,
                                  int64_t second);

/* The operation has returned, with `result` (0, a negative code, or an answer) and what it handed out. Aborts when
 * none was called.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_history_return(thrum_history *history, uint32_t thread, int64_t result, int64_t value);

/* Add an operation with its times, read from a log for instance; each thread's in their order. Do not mix it with
 * thrum_history_call().
 *
 * Returns 0; -E2BIG when the thread has options.operations already; THRUM_VALUE_ERROR for times that go back or a
 * thread that there is not. Nothing was added then.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_history_add(thrum_history *history, const thrum_history_operation *operation);

/* Look for an order that explains the results. While it runs no thread records; a thread that never returned from an
 * operation may exist.
 *
 * Returns 0 when there is one, THRUM_HISTORY_VIOLATED when there is none, and fills *ret_result in either case (which
 * may be NULL); -E2BIG when the history was longer than its options allow or takes more than options.states states;
 * -ENOMEM. On error *ret_result is untouched. The history is unchanged.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_history_check(const thrum_history *history, thrum_history_result *ret_result);

/* Look for an order, and end the schedule as failed when there is none or it cannot be told. Without exploration,
 * print the reason and abort.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_history_verify(const thrum_history *history);

/* Whether an operation has not returned.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_INLINE bool thrum_history_pending(const thrum_history_operation *operation);

THRUM_INLINE bool thrum_history_pending(const thrum_history_operation *operation) {
    return operation->returned == THRUM_HISTORY_NEVER;
}

THRUM_END_DECLS

#endif
