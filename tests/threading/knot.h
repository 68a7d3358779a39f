/* knot.h - a ring of threads, each of which holds a lock and wants that of the next; and a catcher of reports. */
#ifndef TEST_KNOT_H
#define TEST_KNOT_H

#include "child.h"
#include "crew.h"

enum { KNOT_MAX = 8 };

/* How the thread in one place asks for its neighbour's lock. */
typedef struct knot_wish {
    bool bare;
    thrum_timeout limit; /* when not bare */
} knot_wish;

typedef struct knot {
    int size;
    bool plain[KNOT_MAX]; /* in this place is a Lock, and else an RLock */
    knot_wish wish[KNOT_MAX];
    thrum_lock locks[KNOT_MAX];
    thrum_rlock rlocks[KNOT_MAX];
    int holding; /* how many threads have their own */
    int place;   /* of the next thread to begin */
    int results[KNOT_MAX];
    int ended[KNOT_MAX]; /* has its result */
    thrum_thread *threads[KNOT_MAX];
} knot;

static inline const void *knot_object(const knot *k, int i) {
    return k->plain[i] ? (const void *)&k->locks[i] : (const void *)&k->rlocks[i];
}

static inline int knot_take_(knot *k, int i, knot_wish wish) {
    if (!wish.bare)
        return k->plain[i] ? thrum_lock_acquire_timed(&k->locks[i], wish.limit)
                           : thrum_rlock_acquire_timed(&k->rlocks[i], wish.limit);
    if (k->plain[i])
        thrum_lock_acquire(&k->locks[i]);
    else
        thrum_rlock_acquire(&k->rlocks[i]);
    return 0;
}

static inline void knot_give_(knot *k, int i) {
    if (k->plain[i])
        (void)thrum_lock_release(&k->locks[i]); /* an error when the test has cut the knot here */
    else
        CHECK_EQ(thrum_rlock_release(&k->rlocks[i]), 0);
}

/* The thread in the place before sleeps on our lock; or, on a busy machine, its limit has run out already. */
static inline bool knot_is_my_turn_(const knot *k, int i) {
    return i == 0 || waiting_for(knot_object(k, i)) == 1 || get(&k->ended[i - 1]);
}

/* In turn: a thread asks when the one before it sleeps, so it is the last one that closes the ring. */
static inline int knot_body_(void *arg) {
    knot *k = (knot *)arg;
    int i = add(&k->place, 1) - 1, next = (i + 1) % k->size;
    CHECK_EQ(knot_take_(k, i, (knot_wish){.bare = true}), 0);
    add(&k->holding, 1);
    UNTIL(get(&k->holding) == k->size);
    UNTIL(knot_is_my_turn_(k, i));
    int r = knot_take_(k, next, k->wish[i]);
    k->results[i] = r;
    put(&k->ended[i], 1);
    if (r == 0)
        knot_give_(k, next);
    knot_give_(k, i);
    return 0;
}

/* The threads are named T0, T1, ... and the locks L0, L1, ...; daemons, because some never end. */
static inline void knot_tie(knot *k) {
    for (int i = 0; i < k->size; i++) {
        char name[16];
        snprintf(name, sizeof name, "L%d", i);
        CHECK_EQ(thrum_set_object_name(knot_object(k, i), name), 0);
    }
    for (int i = 0; i < k->size; i++) {
        char name[16];
        snprintf(name, sizeof name, "T%d", i);
        thrum_thread_options options = {.name = name, .daemon = THRUM_DAEMON};
        CHECK_EQ(thrum_thread_new(&k->threads[i], knot_body_, k, &options), 0);
        CHECK_EQ(thrum_thread_start(k->threads[i]), 0);
        UNTIL(get(&k->place) == i + 1);
    }
}

static inline void knot_join(knot *k) {
    for (int i = 0; i < k->size; i++)
        reap(k->threads[i]);
}

/* The reports that came, and the text of the last one. */
static struct {
    int count;
    char text[32768];
} reports;

static inline void catch_report_(const char *text, void *arg) {
    CHECK(arg == &reports);
    snprintf(reports.text, sizeof reports.text, "%s", text);
    add(&reports.count, 1);
}

static inline void catch_reports(void) {
    (void)thrum_lock_order(false); /* reports about it are another test's matter */
    thrum_deadlock_set_handler(catch_report_, &reports);
}

/* The last report tells of each thread and each lock of the ring, with their names. */
static inline void check_report_names(const knot *k) {
    for (int i = 0; i < k->size; i++) {
        char name[20];
        snprintf(name, sizeof name, "'T%d'", i);
        CHECK_CONTAINS(reports.text, name);
        snprintf(name, sizeof name, "'L%d'", i);
        CHECK_CONTAINS(reports.text, name);
    }
}

#endif
