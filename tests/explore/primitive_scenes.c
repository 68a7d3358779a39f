/* primitive_scenes.c - what threads do with each primitive of threading, and what has to be true of it. */
#include <stdlib.h>

#include "bugs.h"
#include "primitive_scenes.h"

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

/* The first keeps the lock until somebody has given up waiting for it. */
static thrum_event gone;

static int keep_or_give_up(void *arg) {
    if (!arg) {
        thrum_lock_acquire(&lock);
        thrum_event_set(&event);
        THRUM_EXPLORE_CHECK_THAT(thrum_event_wait(&gone) == 0 && thrum_lock_release(&lock) == 0);
        return 0;
    }
    THRUM_EXPLORE_CHECK_THAT(thrum_event_wait(&event) == 0);
    int r = thrum_lock_acquire_timed(&lock, thrum_seconds(1));
    THRUM_EXPLORE_CHECK_THAT(r == THRUM_TIMED_OUT || (r == 0 && thrum_event_is_set(&gone)));
    thrum_event_set(&gone);
    if (r == 0)
        THRUM_EXPLORE_CHECK_THAT(thrum_lock_release(&lock) == 0);
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

/* Nobody but the owner releases it. */
static int own_or_refuse(void *arg) {
    if (!arg) {
        THRUM_WITH(&rlock) {
            thrum_event_set(&event);
            THRUM_EXPLORE_CHECK_THAT(thrum_event_wait(&gone) == 0 && thrum_rlock_recursion_count(&rlock) == 1);
        }
    } else {
        THRUM_EXPLORE_CHECK_THAT(thrum_event_wait(&event) == 0);
        THRUM_EXPLORE_CHECK_THAT(thrum_event_is_set(&gone) || thrum_rlock_release(&rlock) == THRUM_RUNTIME_ERROR);
        thrum_event_set(&gone);
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

/* What came while the time ran out counts. */
static bool has_items(void *arg) {
    (void)arg;
    return items > 0;
}

static int put_or_wait_for(void *arg) {
    THRUM_WITH(&condition) {
        if (!arg) {
            items += parties - 1;
            thrum_condition_notify_all(&condition);
        } else {
            int r = thrum_condition_wait_for(&condition, has_items, NULL, thrum_seconds(1));
            THRUM_EXPLORE_CHECK_THAT((r == 0) == (items > 0));
            items -= r == 0;
        }
    }
    return 0;
}

/* One notification is for one. */
static int notified;

static int notify_one_or_wait(void *arg) {
    THRUM_WITH(&condition) {
        if (!arg)
            thrum_condition_notify(&condition, 1);
        else
            notified += thrum_condition_wait_timed(&condition, thrum_seconds(1)) == 0;
        THRUM_EXPLORE_CHECK_THAT(notified <= 1);
    }
    return 0;
}

/* Who waits first is notified first; and after notify_all() comes back first. */
static thrum_semaphore arrived, out;
static int tickets, back;

static void wait_in_order(void) {
    THRUM_WITH(&condition) {
        int ticket = tickets++;
        thrum_semaphore_release(&arrived, 1);
        thrum_condition_wait(&condition);
        THRUM_EXPLORE_CHECK_THAT(back++ == ticket);
    }
    thrum_semaphore_release(&out, 1);
}

static void notify_each(size_t n) {
    for (int i = 1; i < parties; i++)
        thrum_semaphore_acquire(&arrived);
    for (int i = 1; i < parties; i++) {
        THRUM_WITH(&condition) {
            thrum_condition_notify(&condition, n);
        }
        thrum_semaphore_acquire(&out);
    }
}

static int one_after_the_other(void *arg) {
    if (arg)
        wait_in_order();
    else
        notify_each(1);
    return 0;
}

static int all_in_order(void *arg) {
    if (arg)
        wait_in_order();
    else
        notify_each(SIZE_MAX);
    return 0;
}

/* Of a bounded one nobody can release more than was acquired. */
static thrum_semaphore bounded;

static int with_bounded_permit(void *arg) {
    (void)arg;
    thrum_semaphore_acquire(&bounded);
    come_in();
    go_out();
    THRUM_EXPLORE_CHECK_THAT(thrum_semaphore_release(&bounded, 1) == 0);
    return 0;
}

/* A condition gives back all levels of its RLock, and takes them again. */
static thrum_rlock levels;
static thrum_condition deep = THRUM_CONDITION_INIT_RLOCK(&levels);

static int put_or_take_deep(void *arg) {
    THRUM_WITH(&levels) {
        THRUM_WITH(&deep) {
            items += arg ? 0 : parties - 1;
            if (!arg)
                thrum_condition_notify_all(&deep);
            while (arg && items == 0)
                thrum_condition_wait(&deep);
            items -= arg != NULL;
            THRUM_EXPLORE_CHECK_THAT(thrum_rlock_recursion_count(&levels) == 2);
        }
    }
    return 0;
}

/* The first is a thread that the others join. */
static thrum_thread *first;

static int end_or_join(void *arg) {
    if (!arg) {
        first = thrum_thread_ref(thrum_current_thread());
        thrum_event_set(&event);
    } else {
        THRUM_EXPLORE_CHECK_THAT(thrum_event_wait(&event) == 0 && thrum_thread_join(first) == 0);
        THRUM_EXPLORE_CHECK_THAT(!thrum_thread_is_alive(first));
    }
    return 0;
}

/* A timer that was cancelled in time never fires; in any case join comes back, and nothing happens after it. */
static int note(void *arg) {
    ++*(int *)arg;
    return 0;
}

static int fire_or_cancel(void *arg) {
    thrum_timer *timer;
    int fired = 0;
    if (thrum_timer_new(&timer, thrum_seconds(1), note, &fired, NULL) < 0)
        abort();
    THRUM_EXPLORE_CHECK_THAT(thrum_timer_start(timer) == 0);
    if (!arg)
        thrum_timer_cancel(timer);
    THRUM_EXPLORE_CHECK_THAT(thrum_timer_join(timer) == 0 && fired <= 1 && (!arg || fired == 1));
    thrum_timer_unref(timer);
    return 0;
}

/* Several have one timer. The first cancels it, but perhaps it fires before; nothing happens after anybody has seen
 * it done. */
static thrum_timer *shared;
static int fired;

static void make_timer(thrum_timeout interval) {
    fired = 0;
    if (thrum_timer_new(&shared, interval, note, &fired, NULL) < 0)
        abort();
}

static void start_timer(void) {
    make_timer(thrum_seconds(1));
    THRUM_EXPLORE_CHECK_THAT(thrum_timer_start(shared) == 0);
}

static int cancel_or_join(void *arg) {
    if (!arg)
        thrum_timer_cancel(shared);
    THRUM_EXPLORE_CHECK_THAT(thrum_timer_join(shared) == 0 && !thrum_timer_is_alive(shared) && fired <= 1);
    return 0;
}

/* The first starts it, the second cancels it, perhaps before; the others join it if they may. */
static void make_distant_timer(void) {
    make_timer(THRUM_FOREVER);
}

static int start_or_cancel(void *arg) {
    intptr_t me = (intptr_t)arg;
    if (me == 0)
        THRUM_EXPLORE_CHECK_THAT(thrum_timer_start(shared) == 0);
    if (me == 1)
        thrum_timer_cancel(shared);
    int r = me == 1 ? 0 : thrum_timer_join(shared);
    THRUM_EXPLORE_CHECK_THAT((r == 0 || (me > 1 && r == THRUM_RUNTIME_ERROR)) && fired == 0);
    return 0;
}

static void drop_timer(void) {
    shared = thrum_timer_unref(shared);
}

/* A value lives as long as its thread. */
static int values;

static void *make_value(void *arg) {
    __atomic_add_fetch((int *)arg, 1, __ATOMIC_SEQ_CST);
    return arg;
}

static void destroy_value(void *value) {
    __atomic_sub_fetch((int *)value, 1, __ATOMIC_SEQ_CST);
}

static thrum_local local = THRUM_LOCAL_INIT(make_value, &values, destroy_value);

static int with_value(void *arg) {
    (void)arg;
    THRUM_EXPLORE_CHECK_THAT(thrum_local_get(&local) == &values && thrum_local_get(&local) == &values);
    return 0;
}

static int places;
static int meet(void *arg) {
    (void)arg;
    int place = thrum_barrier_wait(&barrier);
    THRUM_EXPLORE_CHECK_THAT(place >= 0 && place < parties);
    THRUM_EXPLORE_CHECK_THAT(!(__atomic_fetch_or(&places, 1 << place, __ATOMIC_SEQ_CST) & 1 << place));
    return 0;
}

static int meet_in_time(void *arg) {
    (void)arg;
    int place = thrum_barrier_wait_timed(&barrier, thrum_seconds(1));
    THRUM_EXPLORE_CHECK_THAT(place >= 0 || place == THRUM_BROKEN_BARRIER);
    THRUM_EXPLORE_CHECK_THAT(place >= 0 || thrum_barrier_broken(&barrier));
    return 0;
}

const scene scenes[] = {
    {"with_lock", with_lock},
    {"with_time_limit", with_time_limit},
    {"keep_or_give_up", keep_or_give_up},
    {"with_rlock", with_rlock},
    {"own_or_refuse", own_or_refuse},
    {"with_permit", with_permit},
    {"with_permit_in_time", with_permit_in_time},
    {"set_or_wait", set_or_wait},
    {"set_and_clear_or_wait", set_and_clear_or_wait},
    {"put_or_take", put_or_take},
    {"put_or_take_in_time", put_or_take_in_time},
    {"put_or_wait_for", put_or_wait_for},
    {"notify_one_or_wait", notify_one_or_wait},
    {"one_after_the_other", one_after_the_other},
    {"all_in_order", all_in_order},
    {"with_bounded_permit", with_bounded_permit},
    {"put_or_take_deep", put_or_take_deep},
    {"end_or_join", end_or_join, .whole = true},
    {"fire_or_cancel", fire_or_cancel},
    {"cancel_or_join", cancel_or_join, .prepare = start_timer, .tidy = drop_timer},
    {"start_or_cancel", start_or_cancel, .prepare = make_distant_timer, .tidy = drop_timer},
    {"with_value", with_value, .whole = true},
    {"meet", meet},
    {"meet_in_time", meet_in_time},
};
const int scene_count = sizeof scenes / sizeof scenes[0];

static const scene *current;
static bool lines;

void scene_choose(const scene *chosen, int threads) {
    current = chosen;
    parties = threads;
}

void scene_line_up(bool up) {
    lines = up;
}

void scene_play(void *arg) {
    (void)arg;
    inside = done = items = places = notified = tickets = back = 0;
    /* Made anew: who has given up waiting leaves a mark. */
    event = gone = (thrum_event)THRUM_EVENT_INIT;
    condition = (thrum_condition)THRUM_CONDITION_INIT_OWN;
    deep = (thrum_condition)THRUM_CONDITION_INIT_RLOCK(&levels);
    if (thrum_semaphore_init(&semaphore, 1) < 0 || thrum_bounded_semaphore_init(&bounded, 1) < 0 ||
        thrum_semaphore_init(&arrived, 0) < 0 || thrum_semaphore_init(&out, 0) < 0 ||
        thrum_barrier_init(&barrier, (uint32_t)parties, NULL) < 0)
        abort();
    thrum_explore_quiet(true);
    if (current->prepare)
        current->prepare();
    thrum_explore_quiet(false);
    if (lines && !current->whole)
        crew_in_line(parties, current->function);
    else
        crew(parties, current->function);
    first = thrum_thread_unref(first);
    if (current->tidy)
        current->tidy();
    THRUM_EXPLORE_CHECK_THAT(!thrum_lock_locked(&lock) && !thrum_rlock_locked(&rlock) && inside == 0);
    THRUM_EXPLORE_CHECK_THAT(!thrum_rlock_locked(&levels) && thrum_semaphore_value(&bounded) == 1);
    THRUM_EXPLORE_CHECK_THAT(thrum_rlock_recursion_count(&rlock) == 0);
    THRUM_EXPLORE_CHECK_THAT(thrum_lock_release(&lock) == THRUM_RUNTIME_ERROR);
    THRUM_EXPLORE_CHECK_THAT(thrum_semaphore_release(&bounded, 1) == THRUM_VALUE_ERROR);
    THRUM_EXPLORE_CHECK_THAT(thrum_semaphore_value(&semaphore) == 1 && thrum_barrier_n_waiting(&barrier) == 0);
    THRUM_EXPLORE_CHECK_THAT(thrum_semaphore_value(&bounded) == 1 && values == 0);
    thrum_barrier_reset(&barrier);
    THRUM_EXPLORE_CHECK_THAT(!thrum_barrier_broken(&barrier));
}
