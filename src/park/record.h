/* record.h - what the library knows of each thread.
 *
 * A thread gets a record when it first does anything but an uncontended operation, or when thrum_thread_start()
 * starts it, and gives it back when it ends. Records are recycled and never unmapped: a waker that comes late touches
 * a record, not freed memory.
 *
 * A record's number stands in lock words as their owner: a slot in the low bits, and above it a count of how often
 * the slot was reused, so that a lock left behind by a thread that ended is not taken for the lock of a later one.
 */
#ifndef THRUM_RECORD_H
#define THRUM_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "park/spin.h"

/* What a thread waits for, as reports name it. */
typedef enum thrum__kind {
    THRUM__KIND_NOTHING,
    THRUM__KIND_LOCK,
    THRUM__KIND_RLOCK,
    THRUM__KIND_CONDITION,
    THRUM__KIND_SEMAPHORE,
    THRUM__KIND_EVENT,
    THRUM__KIND_BARRIER,
    THRUM__KIND_JOIN,
    THRUM__KIND_SLEEP,
    THRUM__KIND_TIMER,
    THRUM__KIND_QUEUE,
    THRUM__KIND_FUTURE,
    THRUM__KIND_GROUP,
    THRUM__KIND_WORK
} thrum__kind;

struct thrum__queue;
struct thrum__wakes;

/* A wait, described by the thread that waits. */
typedef struct thrum__wait {
    thrum__kind kind;
    bool forever;       /* no time limit: only somebody else can end it */
    const void *object; /* what reports name */
    const uint32_t
        *owner_word; /* where the number of the thread that is waited for stands, or NULL when there is no such one */
    const void *site; /* the return address of the call */
    int64_t since;
    void *item; /* where what the thread waits for is to be laid, or lies: see queue/side.h. NULL for most. */
    /* Does what an interrupted thread could not do from a signal handler: see signal.h. NULL for most. */
    void (*settle)(struct thrum__queue *queue, void *object, struct thrum__wakes *wakes);
} thrum__wait;

/* States of a record's word, on which the thread sleeps:
 *     AWAKE    -> ASLEEP by the thread, about to sleep; -> DELIVERED by a waker
 *     ASLEEP   -> DELIVERED by a waker, who then wakes the thread
 *     DELIVERED-> AWAKE by the thread, before its next wait */
enum { THRUM__AWAKE, THRUM__ASLEEP, THRUM__DELIVERED };

typedef struct thrum__record thrum__record;
struct thrum__record {
    uint32_t word;
    uint32_t token;             /* what a waker says; written before DELIVERED */
    const void *key;            /* the address it is queued at, or NULL; written under the latch of the key's queue */
    thrum__record *next, *prev; /* in that queue, or in a list of threads to wake */
    uint32_t sequence;          /* counts queueings and removals, so that a report can see that nothing moved */
    bool impatient;             /* has waited so long for a lock that it is to be handed over: see lock.c */
    thrum__spin spin;
    uint32_t behind;  /* the number of the thread that joined before it: see meeting.h */
    thrum__wait wait; /* valid while key is not NULL */

    uint32_t id;       /* its number, or 0 while the record is free; atomic */
    int native_id;     /* the kernel's number; 0 until the thread runs; atomic */
    uint32_t reported; /* the sequence of the wait whose deadlock was reported, under the latch of its queue */
    bool watched;      /* its lock operations take the slow path */
    void *thread;      /* its thrum_thread, or NULL; atomic */
    const char *name;  /* the thread object's name, or NULL; atomic, written under the registry's latch */
    void *held;        /* lock-order checking's list of held locks, or NULL */
    void *locals;      /* the table of its thrum_local values, or NULL */
    thrum__record *next_free;
} __attribute__((aligned(64)));

/* The bits of a lock word that hold a record's number. */
enum { THRUM__ID_MASK = 0x3fffffff };

/* The calling thread's record, or NULL while it has none. */
extern __thread thrum__record *thrum__me __attribute__((tls_model("initial-exec")));

/* The calling thread's record. Made when there is none; without memory for it the process aborts with a message. */
thrum__record *thrum__record_self(void);

/* A record for a thread that is about to be started, or NULL when memory or numbers are used up. */
thrum__record *thrum__record_new(void);

/* Make `record` that of the calling thread: the first thing that a started thread does. */
void thrum__record_adopt(thrum__record *record);

/* Give the calling thread's record back: the last thing that it does with the library. */
void thrum__record_leave(void);

/* Give back a record that no thread adopted. */
void thrum__record_free(thrum__record *record);

/* The record with the number that stands in a lock word, or NULL when that thread has ended. It can end at any
 * moment: what is read from the record is a hint unless something holds the thread in place. */
thrum__record *thrum__record_find(uint32_t id);

/* Name the thread with this number in reports and dumps, if it is still there. `name` stays valid until another call
 * replaces it, or the thread has ended. On return no dump reads the old one any more. */
void thrum__record_set_name(uint32_t id, const char *name);

/* Call visit for each thread that has a record, in the order of slots, with the registry's latch held: visit must not
 * call anything that registers a thread, and stops the walk by returning false. */
void thrum__record_each(bool (*visit)(thrum__record *record, void *arg), void *arg);

/* Make the calling thread, and all that register from now on, take the slow path of every operation, for one reason
 * or for several; or the fast one, when there is no reason left. */
enum { THRUM__WATCH_HOOKS = 1, THRUM__WATCH_ORDER = 2 };
void thrum__record_watch(int reason, bool on);

/* Around a fork: hold the registry still; let go of it; forget every thread but the caller. */
void thrum__record_before_fork(void);
void thrum__record_after_fork_parent(void);
void thrum__record_after_fork_child(void);

/* Copy the name of the thread with this number into `buffer`; "" when it has none, or has ended. */
void thrum__record_name(uint32_t id, char *buffer, size_t size);

/* The set-up of this layer and of the registry, called once when the library is loaded. */
void thrum__park_load(void);
void thrum__record_init(void);

/* Called with the record of each thread that leaves, in that thread, while its record still works: for its values of
 * thrum_local, when it has some, and for its dummy thread object. Each is set by the file of src/threading, which
 * stands above this layer, that has something to do in it: a program that links the static library need not have
 * both.
 */
extern void (*thrum__record_destroy_locals)(thrum__record *record);
extern void (*thrum__record_on_leave)(thrum__record *record);

/* Called in the child of a fork with the record of each thread that does not exist there. Set by src/threading too.
 */
extern void (*thrum__record_on_vanish)(thrum__record *record);

#endif
