/* barrier_situations.c - the situations of situations.h that are about a barrier. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <thrum/threading.h>

#include "bugs.h"
#include "situations.h"
#include "waiting.h"

/* An action that fails breaks the barrier for everybody. */
static int refused, broken;

static int refuse(void *arg) {
    (void)arg;
    return -EACCES;
}

static thrum_barrier barrier;

static int meet_in_vain(void *arg) {
    (void)arg;
    int r = thrum_barrier_wait(&barrier);
    add(r == -EACCES ? &refused : &broken, 1);
    THRUM_EXPLORE_CHECK_THAT(r == -EACCES || r == THRUM_BROKEN_BARRIER);
    return 0;
}

void failing_action(void *arg) {
    (void)arg;
    refused = broken = 0;
    THRUM_EXPLORE_CHECK_THAT(thrum_barrier_init(&barrier, 3, &(thrum_barrier_options){.action = refuse}) == 0);
    crew(3, meet_in_vain);
    THRUM_EXPLORE_CHECK_THAT(refused == 1 && broken == 2 && thrum_barrier_broken(&barrier));
}

/* Who comes while an action runs meets those of the next meeting. */
static int actions, met[2];

static int act(void *arg) {
    (void)arg;
    thrum_explore_point(&actions, true);
    THRUM_EXPLORE_CHECK_THAT(thrum_barrier_n_waiting(&barrier) <= 2);
    add(&actions, 1);
    return 0;
}

static int meet_one_of_two(void *arg) {
    (void)arg;
    int place = thrum_barrier_wait(&barrier);
    THRUM_EXPLORE_CHECK_THAT(place == 0 || place == 1);
    add(&met[place], 1);
    THRUM_EXPLORE_CHECK_THAT(get(&met[0]) + get(&met[1]) <= 2 * get(&actions));
    return 0;
}

void newcomers(void *arg) {
    (void)arg;
    actions = met[0] = met[1] = 0;
    THRUM_EXPLORE_CHECK_THAT(thrum_barrier_init(&barrier, 2, &(thrum_barrier_options){.action = act}) == 0);
    crew(4, meet_one_of_two);
    THRUM_EXPLORE_CHECK_THAT(actions == 2 && met[0] == 2 && met[1] == 2);
}

/* The limit of one who comes while an action runs begins when that is over. */
static int acting;
static int64_t acted; /* when the first was over; atomic */

static int act_for_long(void *arg) {
    (void)arg;
    if (get(&acting) == 0) {
        add(&acting, 1);
        (void)!thrum_sleep(thrum_seconds(2)); /* cannot fail: it is a good span */
        __atomic_store_n(&acted, thrum_monotonic_ns(), __ATOMIC_SEQ_CST);
    }
    return 0;
}

static bool is_acting(void *arg) {
    (void)arg;
    return get(&acting) > 0;
}

static int meet_once_twice_or_later(void *arg) {
    int r = 0;
    if ((intptr_t)arg == 2) {
        wait_until(is_acting, NULL);
        r = thrum_barrier_wait_timed(&barrier, thrum_seconds(1));
    }
    for (intptr_t times = 2 - (intptr_t)arg; r >= 0 && times > 0; times--)
        r = thrum_barrier_wait(&barrier);
    int64_t since = thrum_monotonic_ns() - __atomic_load_n(&acted, __ATOMIC_SEQ_CST);
    THRUM_EXPLORE_CHECK_THAT(r >= 0 || since >= thrum_seconds(1).ns);
    return 0;
}

void late_limits(void *arg) {
    (void)arg;
    acting = 0;
    acted = 0;
    THRUM_EXPLORE_CHECK_THAT(thrum_barrier_init(&barrier, 2, &(thrum_barrier_options){.action = act_for_long}) == 0);
    crew(3, meet_once_twice_or_later);
}

/* All meet, or none does because the limit of one has passed, and only then is the barrier broken. */
static int meet_with_or_without_limit(void *arg) {
    int r = (intptr_t)arg == 1 ? thrum_barrier_wait(&barrier) : thrum_barrier_wait_timed(&barrier, thrum_seconds(1));
    THRUM_EXPLORE_CHECK_THAT(r >= 0 || r == THRUM_BROKEN_BARRIER);
    add(&met[0], r >= 0);
    return 0;
}

void limits_of_some(void *arg) {
    (void)arg;
    met[0] = 0;
    THRUM_EXPLORE_CHECK_THAT(thrum_barrier_init(&barrier, 3, NULL) == 0);
    crew(3, meet_with_or_without_limit);
    THRUM_EXPLORE_CHECK_THAT(met[0] == 3 || met[0] == 0);
    THRUM_EXPLORE_CHECK_THAT(thrum_barrier_broken(&barrier) == (met[0] == 0));
}

/* Who sleeps at a barrier can be seen there, and not afterwards. */
static bool is_at_barrier(void *index) {
    return sleeps_in_sight((int)(intptr_t)index);
}

static int meet_in_sight(void *arg) {
    be((intptr_t)arg);
    if (!arg)
        wait_until(is_at_barrier, (void *)1);
    THRUM_EXPLORE_CHECK_THAT(thrum_barrier_wait(&barrier) >= 0 && !is_at_barrier(arg));
    return 0;
}

void in_sight(void *arg) {
    (void)arg;
    forget_waiters();
    THRUM_EXPLORE_CHECK_THAT(thrum_barrier_init(&barrier, 2, NULL) == 0);
    crew(2, meet_in_sight);
}

/* Whoever goes on first needs the barrier no more: its memory becomes a lock, while others may not have woken up. */
static struct {
    thrum_barrier barrier;
    thrum_lock *lock; /* in the place that the barrier had */
    thrum_event is_lock;
    int told;
} reused;

static void make_it_a_lock(void) {
    memset(&reused.barrier, 0, sizeof reused.barrier);
    reused.lock = (thrum_lock *)&reused.barrier.meeting_;
    thrum_event_set(&reused.is_lock);
}

static int meet_and_lock(void *arg) {
    (void)arg;
    THRUM_EXPLORE_CHECK_THAT(thrum_barrier_wait(&reused.barrier) >= 0);
    if (__atomic_fetch_add(&reused.told, 1, __ATOMIC_SEQ_CST) == 0)
        make_it_a_lock();
    thrum_event_wait(&reused.is_lock);
    thrum_lock_acquire(reused.lock);
    thrum_explore_point(reused.lock, true);
    THRUM_EXPLORE_CHECK_THAT(thrum_lock_release(reused.lock) == 0);
    return 0;
}

void place_used_again(void *arg) {
    (void)arg;
    memset(&reused, 0, sizeof reused);
    THRUM_EXPLORE_CHECK_THAT(thrum_barrier_init(&reused.barrier, 3, NULL) == 0);
    crew(3, meet_and_lock);
}
