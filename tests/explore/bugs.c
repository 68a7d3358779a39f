/* bugs.c - the ten bugs, in the order of their size. */
#include <stdlib.h>

#include "bugs.h"

enum { most_crew = 8 };

void crew(int count, thrum_target *function) {
    thrum_thread *threads[most_crew];
    for (intptr_t i = 0; i < count; i++)
        if (thrum_thread_new(&threads[i], function, (void *)i, NULL) < 0 || thrum_thread_start(threads[i]) < 0)
            abort();
    for (int i = 0; i < count; i++) {
        thrum_thread_join(threads[i]);
        thrum_thread_unref(threads[i]);
    }
}

static struct {
    int count, arrived, done; /* atomic, for the eyes of the sanitizers */
    bool open;
    thrum_target *function;
} line;

static bool all_have_arrived(void *arg) {
    (void)arg;
    return __atomic_load_n(&line.arrived, __ATOMIC_SEQ_CST) == line.count;
}

static bool is_open(void *arg) {
    (void)arg;
    return __atomic_load_n(&line.open, __ATOMIC_SEQ_CST);
}

static bool all_are_done(void *arg) {
    (void)arg;
    return __atomic_load_n(&line.done, __ATOMIC_SEQ_CST) == line.count;
}

static void wait_for(const char *what, bool (*ready)(void *arg)) {
    if (thrum_explore_await(NULL, what, ready, NULL, THRUM_FOREVER) < 0)
        abort();
}

static int run_in_line(void *arg) {
    __atomic_add_fetch(&line.arrived, 1, __ATOMIC_SEQ_CST);
    wait_for("the start", is_open);
    int r = line.function(arg);
    if (__atomic_add_fetch(&line.done, 1, __ATOMIC_SEQ_CST) == line.count)
        thrum_explore_quiet(true);
    wait_for("the others", all_are_done);
    return r;
}

void crew_in_line(int count, thrum_target *function) {
    thrum_thread *threads[most_crew];
    line.count = count;
    line.function = function;
    line.arrived = line.done = 0;
    line.open = false;
    thrum_explore_quiet(true);
    for (intptr_t i = 0; i < count; i++)
        if (thrum_thread_new(&threads[i], run_in_line, (void *)i, NULL) < 0 || thrum_thread_start(threads[i]) < 0)
            abort();
    wait_for("the start", all_have_arrived);
    __atomic_store_n(&line.open, true, __ATOMIC_SEQ_CST);
    thrum_explore_quiet(false);
    wait_for("the others", all_are_done);
    for (int i = 0; i < count; i++) {
        thrum_thread_join(threads[i]);
        thrum_thread_unref(threads[i]);
    }
}

/* Reads and writes of plain memory, with a place before each where threads may change. */
static int value_of(const int *variable) {
    thrum_explore_point(variable, false);
    return *variable;
}

static void set(int *variable, int value) {
    thrum_explore_point(variable, true);
    *variable = value;
}

/* 1. Two locks, taken in opposite order. */
static thrum_lock locks[5];

static int take_two(void *arg) {
    intptr_t first = (intptr_t)arg;
    THRUM_WITH(&locks[first]) {
        THRUM_WITH(&locks[1 - first]) {
        }
    }
    return 0;
}

static void opposite_order(void *arg) {
    (void)arg;
    crew(2, take_two);
}

/* 2. An increment that is a read and a write. */
static int counter;

static int increment(void *arg) {
    (void)arg;
    set(&counter, value_of(&counter) + 1);
    return 0;
}

static void lost_update(void *arg) {
    (void)arg;
    counter = 0;
    crew(2, increment);
    THRUM_EXPLORE_CHECK_THAT(counter == 2);
}

/* 3. The state is looked at, and waited for, under two different holds of the lock. */
static thrum_condition condition;
static bool ready;

static int wait_too_late(void *arg) {
    bool wait = false;
    THRUM_WITH(&condition) {
        if (arg) {
            ready = true;
            thrum_condition_notify_all(&condition);
        } else {
            wait = !ready;
        }
    }
    if (wait)
        THRUM_WITH(&condition) {
            thrum_condition_wait(&condition);
        }
    return 0;
}

static void lost_wakeup(void *arg) {
    (void)arg;
    ready = false;
    crew(2, wait_too_late);
}

/* 4. One condition for "not empty" and "not full", and a notify that can reach the wrong one. */
static int places;

static int put_or_get(void *arg) {
    int wanted = (intptr_t)arg < 2 ? 0 : 1; /* producers wait for an empty place, consumers for a full one */
    THRUM_WITH(&condition) {
        while (places != wanted)
            thrum_condition_wait(&condition);
        places = 1 - wanted;
        thrum_condition_notify(&condition, 1);
    }
    return 0;
}

static void two_predicates(void *arg) {
    (void)arg;
    places = 0;
    crew(4, put_or_get);
}

/* 5, 6. Philosophers who all take the left fork first. */
static int philosophers;

static int dine(void *arg) {
    intptr_t seat = (intptr_t)arg;
    THRUM_WITH(&locks[seat]) {
        THRUM_WITH(&locks[(seat + 1) % philosophers]) {
        }
    }
    return 0;
}

static void three_philosophers(void *arg) {
    (void)arg;
    crew(philosophers = 3, dine);
}

static void five_philosophers(void *arg) {
    (void)arg;
    crew(philosophers = 5, dine);
}

/* 7. Goes wrong only when two threads take turns four times. */
static int stage;

static int advance(void *arg) {
    int mine = (int)(intptr_t)arg;
    for (int i = 0; i < 3; i++)
        if (value_of(&stage) % 2 == mine && value_of(&stage) == 2 * i + mine)
            set(&stage, 2 * i + mine + 1);
    return 0;
}

static void four_switches(void *arg) {
    (void)arg;
    stage = 0;
    crew(2, advance);
    THRUM_EXPLORE_CHECK_THAT(stage < 4);
}

/* 8. Goes wrong only when one thread stands still for fifty steps of the other. */
static int progress;

static int race_far(void *arg) {
    if (arg) {
        for (int i = 0; i < 50; i++)
            set(&progress, progress + 1);
    } else {
        int before = value_of(&progress);
        int after = value_of(&progress);
        THRUM_EXPLORE_CHECK_THAT(after - before < 49);
    }
    return 0;
}

static void starved(void *arg) {
    (void)arg;
    progress = 0;
    crew(2, race_far);
}

/* 9. A lock of one's own, of a word and an event, that forgets that others wait when it is taken after a wait. */
static int word; /* 0 free, 1 taken, 2 taken and somebody waits */
static thrum_event released;

static void own_lock(void) {
    if (value_of(&word) == 0) {
        word = 1; /* together with the look: as an atomic exchange would */
        return;
    }
    for (;;) {
        if (value_of(&word) == 0) {
            word = 1; /* the bug: 2 would be right, others may still be waiting */
            return;
        }
        word = 2;
        thrum_event_clear(&released);
        if (value_of(&word) == 2)
            thrum_event_wait(&released);
    }
}

static void own_unlock(void) {
    thrum_explore_point(&word, true);
    int before = word;
    word = 0;
    if (before == 2) {
        thrum_event_set(&released);
        thrum_event_clear(&released); /* wakes those who wait now, as a futex does */
    }
}

static int use_own_lock(void *arg) {
    (void)arg;
    own_lock();
    thrum_explore_point(&counter, true);
    own_unlock();
    return 0;
}

static void forgotten_waiter(void *arg) {
    (void)arg;
    word = 0;
    thrum_event_clear(&released);
    crew(3, use_own_lock);
}

/* 10. Made once, by two threads that both look first. */
static int made, is_made;

static int make_once(void *arg) {
    (void)arg;
    if (value_of(&is_made) == 0) {
        set(&made, made + 1);
        set(&is_made, 1);
    }
    return 0;
}

static void made_twice(void *arg) {
    (void)arg;
    made = is_made = 0;
    crew(2, make_once);
    THRUM_EXPLORE_CHECK_THAT(made == 1);
}

static thrum_lock count_lock;
int counted;

int count_one(void *arg) {
    (void)arg;
    THRUM_WITH(&count_lock) {
        thrum_explore_point(&counted, true);
        counted++;
    }
    return 0;
}

void count_correctly(void *arg) {
    (void)arg;
    counted = 0;
    crew(2, count_one);
    THRUM_EXPLORE_CHECK_THAT(counted == 2);
}

const bug bugs[] = {
    {"opposite order, 2 threads", opposite_order, THRUM_EXPLORE_DEADLOCK},
    {"lost update", lost_update, THRUM_EXPLORE_CHECK},
    {"lost wake-up", lost_wakeup, THRUM_EXPLORE_LOST_WAKEUP},
    {"one condition, two predicates", two_predicates, THRUM_EXPLORE_DEADLOCK},
    {"3 philosophers", three_philosophers, THRUM_EXPLORE_DEADLOCK},
    {"5 philosophers", five_philosophers, THRUM_EXPLORE_DEADLOCK},
    {"4 ordered switches", four_switches, THRUM_EXPLORE_CHECK},
    {"one thread starved for 50 steps", starved, THRUM_EXPLORE_CHECK},
    {"a lock that forgets who waits", forgotten_waiter, THRUM_EXPLORE_DEADLOCK},
    {"made twice", made_twice, THRUM_EXPLORE_CHECK},
};
const int bug_count = sizeof bugs / sizeof bugs[0];
