/* primitives.c - each primitive of threading under every schedule with at most three preemptions, of two threads and
 * of three, with a place for a switch at each atomic operation. */
#include "bugs.h"
#include "test.h"

static thrum_lock lock;
static thrum_rlock rlock;
static thrum_condition condition;
static thrum_semaphore semaphore;
static thrum_event event;
static thrum_barrier barrier;
static int parties, inside, done, items;

/* Only one at a time is between these. */
static void come_in(void) {
    THRUM_EXPLORE_CHECK_THAT(inside++ == 0);
    thrum_explore_point(&inside, true);
}

static void go_out(void) {
    inside--;
    done++;
}

static int with_lock(void *arg) {
    (void)arg;
    thrum_lock_acquire(&lock);
    come_in();
    go_out();
    THRUM_EXPLORE_CHECK_THAT(thrum_lock_release(&lock) == 0);
    return 0;
}

static int with_time_limit(void *arg) {
    (void)arg;
    int r = thrum_lock_acquire_timed(&lock, thrum_seconds(1));
    if (r == 0) {
        come_in();
        go_out();
        THRUM_EXPLORE_CHECK_THAT(thrum_lock_release(&lock) == 0);
    }
    THRUM_EXPLORE_CHECK_THAT(r == 0 || r == THRUM_TIMED_OUT);
    return 0;
}

static int with_rlock(void *arg) {
    (void)arg;
    THRUM_WITH(&rlock) {
        THRUM_WITH(&rlock) {
            come_in();
            go_out();
        }
        THRUM_EXPLORE_CHECK_THAT(thrum_rlock_recursion_count(&rlock) == 1);
    }
    return 0;
}

static int with_permit(void *arg) {
    (void)arg;
    thrum_semaphore_acquire(&semaphore);
    come_in();
    go_out();
    THRUM_EXPLORE_CHECK_THAT(thrum_semaphore_release(&semaphore, 1) == 0);
    return 0;
}

static int with_permit_in_time(void *arg) {
    (void)arg;
    if (thrum_semaphore_acquire_timed(&semaphore, thrum_seconds(1)) == 0) {
        come_in();
        go_out();
        THRUM_EXPLORE_CHECK_THAT(thrum_semaphore_release(&semaphore, 1) == 0);
    }
    return 0;
}

static int set_or_wait(void *arg) {
    if (!arg)
        thrum_event_set(&event);
    else
        THRUM_EXPLORE_CHECK_THAT(thrum_event_wait(&event) == 0);
    return 0;
}

/* Woken is woken, although clear comes at once. */
static int set_and_clear_or_wait(void *arg) {
    if (arg) {
        (void)!thrum_event_wait_timed(&event, thrum_seconds(1));
    } else {
        thrum_event_set(&event);
        thrum_event_clear(&event);
    }
    return 0;
}

static int put_or_take(void *arg) {
    THRUM_WITH(&condition) {
        if (!arg) {
            items += parties - 1;
            thrum_condition_notify(&condition, (size_t)parties - 1);
        } else {
            while (items == 0)
                thrum_condition_wait(&condition);
            items--;
        }
    }
    return 0;
}

/* A waiter that gives up does not take the wake-up with it. */
static int put_or_take_in_time(void *arg) {
    THRUM_WITH(&condition) {
        if (!arg) {
            items += parties - 1;
            thrum_condition_notify_all(&condition);
        } else {
            int r = items ? 0 : thrum_condition_wait_timed(&condition, thrum_seconds(1));
            THRUM_EXPLORE_CHECK_THAT(r == THRUM_TIMED_OUT || items > 0);
            items -= r == 0;
        }
    }
    return 0;
}

static int places;
static int meet(void *arg) {
    (void)arg;
    int place = thrum_barrier_wait(&barrier);
    THRUM_EXPLORE_CHECK_THAT(place >= 0 && place < parties && !(places & 1 << place));
    places |= 1 << place;
    return 0;
}

static int meet_in_time(void *arg) {
    (void)arg;
    int place = thrum_barrier_wait_timed(&barrier, thrum_seconds(1));
    THRUM_EXPLORE_CHECK_THAT(place >= 0 || place == THRUM_BROKEN_BARRIER);
    THRUM_EXPLORE_CHECK_THAT(place >= 0 || thrum_barrier_broken(&barrier));
    return 0;
}

static thrum_target *function;

static void body(void *arg) {
    (void)arg;
    inside = done = items = places = 0;
    thrum_event_clear(&event);
    if (thrum_semaphore_init(&semaphore, 1) < 0 || thrum_barrier_init(&barrier, (uint32_t)parties, NULL) < 0)
        abort();
    crew(parties, function);
    THRUM_EXPLORE_CHECK_THAT(!thrum_lock_locked(&lock) && !thrum_rlock_locked(&rlock) && inside == 0);
    THRUM_EXPLORE_CHECK_THAT(thrum_semaphore_value(&semaphore) == 1 && thrum_barrier_n_waiting(&barrier) == 0);
}

static void explore(const char *name, thrum_target *target, int threads, uint32_t preemptions) {
    thrum_explore_result result;
    thrum_explore_options options = {.name = name,
                                     .strategy = THRUM_EXPLORE_EXHAUSTIVE,
                                     .grain = THRUM_EXPLORE_ATOMICS,
                                     .preemptions = preemptions,
                                     .budget = thrum_seconds(600)};
    function = target;
    parties = threads;
    int r = thrum_explore(body, NULL, &options, &result);
    if (r != 0 || !result.complete)
        TEST_FAIL("%d: %s", r, result.text);
    printf("# %s, %d threads, %u preemptions: %llu schedules\n", name, threads, preemptions,
           (unsigned long long)result.schedules);
}

#define PRIMITIVE(name)                                                                                              \
    TEST(name##_by_two) {                                                                                            \
        explore(#name, name, 2, 3);                                                                                  \
    }                                                                                                                \
    TEST(name##_by_three) {                                                                                          \
        explore(#name, name, 3, 3);                                                                                  \
    }

PRIMITIVE(with_lock)
PRIMITIVE(with_time_limit)
PRIMITIVE(with_rlock)
PRIMITIVE(with_permit)
PRIMITIVE(with_permit_in_time)
PRIMITIVE(set_or_wait)
PRIMITIVE(set_and_clear_or_wait)
PRIMITIVE(put_or_take)
PRIMITIVE(put_or_take_in_time)
PRIMITIVE(meet)
PRIMITIVE(meet_in_time)

TEST_MAIN()
