/* races.c - compiled with the compiler's instrumentation. Each case has a writer and a reader of the same plain
 * variable, and something between them that orders the two, or does not. */
#include <stdlib.h>

#include "bugs.h"
#include "races.h"

enum { WRITER, READER };

static void must(int r) {
    if (r < 0)
        abort();
}

static int value; /* what it is all about */
static _Thread_local volatile int sink;

static void use(intptr_t who) {
    if (who == WRITER)
        value = 42;
    else
        sink = value;
}

/* Nothing between them. */
static int bare(void *arg) {
    use((intptr_t)arg);
    return 0;
}

static void nothing(void *arg) {
    (void)arg;
    crew(2, bare);
}

/* Both only read. */
static int read_only(void *arg) {
    (void)arg;
    use(READER);
    return 0;
}

static void two_readers(void *arg) {
    (void)arg;
    crew(2, read_only);
}

/* Neighbours in one word. */
static struct { char a, b; } neighbours;

static int touch_neighbour(void *arg) {
    if (arg)
        neighbours.a = 1;
    else
        neighbours.b = 1;
    return 0;
}

static void two_neighbours(void *arg) {
    (void)arg;
    crew(2, touch_neighbour);
}

/* Locks. */
static thrum_lock lock, other_lock;
static thrum_rlock rlock;

static int locked(void *arg) {
    THRUM_WITH(&lock) {
        use((intptr_t)arg);
    }
    return 0;
}

static void one_lock(void *arg) {
    (void)arg;
    crew(2, locked);
}

static int half_locked(void *arg) {
    if (arg)
        return locked(arg);
    return bare(arg);
}

static void lock_on_one_side(void *arg) {
    (void)arg;
    crew(2, half_locked);
}

static int locked_differently(void *arg) {
    THRUM_WITH(arg ? &lock : &other_lock) {
        use((intptr_t)arg);
    }
    return 0;
}

static void two_locks(void *arg) {
    (void)arg;
    crew(2, locked_differently);
}

static int rlocked(void *arg) {
    THRUM_WITH(&rlock) {
        THRUM_WITH(&rlock) {
            use((intptr_t)arg);
        }
    }
    return 0;
}

static void one_rlock(void *arg) {
    (void)arg;
    crew(2, rlocked);
}

/* A lock that could not be had orders nothing, with who has it. */
static int try_locked(void *arg) {
    if ((intptr_t)arg == WRITER)
        value = 42;
    if (thrum_lock_try_acquire(&lock) == 0) {
        if ((intptr_t)arg == READER)
            sink = value;
        must(thrum_lock_release(&lock));
    } else if ((intptr_t)arg == READER) {
        sink = value;
    }
    return 0;
}

static void tried_lock(void *arg) {
    (void)arg;
    crew(2, try_locked);
}

/* A condition, whose wait gives the lock away in the middle. */
static thrum_condition condition;
static bool ready;

static bool is_ready(void *arg) {
    (void)arg;
    return ready;
}

static int hand_over(void *arg) {
    THRUM_WITH(&condition) {
        if ((intptr_t)arg == WRITER) {
            use(WRITER);
            ready = true;
            must(thrum_condition_notify_all(&condition));
        } else {
            must(thrum_condition_wait_for(&condition, is_ready, NULL, THRUM_FOREVER));
            use(READER);
        }
    }
    return 0;
}

static void one_condition(void *arg) {
    (void)arg;
    ready = false;
    crew(2, hand_over);
}

/* A semaphore whose permit says that there is something to read. */
static thrum_semaphore permits;

static int signal_item(void *arg) {
    if ((intptr_t)arg == WRITER) {
        use(WRITER);
        must(thrum_semaphore_release(&permits, 1));
    } else {
        must(thrum_semaphore_acquire(&permits));
        use(READER);
    }
    return 0;
}

static void one_semaphore(void *arg) {
    (void)arg;
    must(thrum_semaphore_init(&permits, 0));
    crew(2, signal_item);
}

/* The reader reads before it has waited. */
static int signal_too_late(void *arg) {
    if ((intptr_t)arg == WRITER) {
        must(thrum_semaphore_release(&permits, 1));
        use(WRITER);
    } else {
        must(thrum_semaphore_acquire(&permits));
        use(READER);
    }
    return 0;
}

static void early_permit(void *arg) {
    (void)arg;
    must(thrum_semaphore_init(&permits, 0));
    crew(2, signal_too_late);
}

/* Events, waited for and asked. */
static thrum_event event;

static int set_event(void *arg) {
    if ((intptr_t)arg == WRITER) {
        use(WRITER);
        thrum_event_set(&event);
    } else {
        must(thrum_event_wait(&event));
        use(READER);
    }
    return 0;
}

static void one_event(void *arg) {
    (void)arg;
    thrum_event_clear(&event);
    crew(2, set_event);
}

static int ask_event(void *arg) {
    if ((intptr_t)arg == WRITER)
        return set_event(arg);
    if (thrum_event_is_set(&event))
        use(READER);
    return 0;
}

static void asked_event(void *arg) {
    (void)arg;
    thrum_event_clear(&event);
    crew(2, ask_event);
}

static int wait_a_second(void *arg) {
    if ((intptr_t)arg == WRITER)
        return set_event(arg);
    if (thrum_event_wait_timed(&event, thrum_seconds(1)) <= 0) /* whatever comes of it */
        use(READER);
    return 0;
}

static void impatient_event(void *arg) {
    (void)arg;
    thrum_event_clear(&event);
    crew(2, wait_a_second);
}

/* A barrier, in both directions. */
static thrum_barrier barrier;
static int places[3];

static int meet(void *arg) {
    intptr_t me = (intptr_t)arg;
    places[me] = 1;
    must(thrum_barrier_wait(&barrier));
    sink = places[(me + 1) % 3];
    must(thrum_barrier_wait(&barrier));
    places[me] = 2;
    return 0;
}

static void one_barrier(void *arg) {
    (void)arg;
    if (thrum_barrier_init(&barrier, 3, NULL) == 0)
        crew(3, meet);
}

static int meet_once(void *arg) {
    intptr_t me = (intptr_t)arg;
    places[me] = 1;
    must(thrum_barrier_wait(&barrier));
    sink = places[(me + 1) % 3];
    places[me] = 2;
    return 0;
}

static void barrier_too_few(void *arg) {
    (void)arg;
    if (thrum_barrier_init(&barrier, 3, NULL) == 0)
        crew(3, meet_once);
}

/* Threads: start and join; and one that is not joined. */
static void start_and_join(void *arg) {
    thrum_thread *thread;
    (void)arg;
    use(WRITER);
    must(thrum_thread_new(&thread, bare, (void *)READER, NULL));
    must(thrum_thread_start(thread));
    must(thrum_thread_join(thread));
    thrum_thread_unref(thread);
    use(WRITER);
}

static void start_and_go_on(void *arg) {
    thrum_thread *thread;
    (void)arg;
    must(thrum_thread_new(&thread, bare, (void *)READER, NULL));
    must(thrum_thread_start(thread));
    use(WRITER);
    must(thrum_thread_join(thread));
    thrum_thread_unref(thread);
}

static void poll_thread(void *arg) {
    thrum_thread *thread;
    (void)arg;
    must(thrum_thread_new(&thread, bare, (void *)WRITER, NULL));
    must(thrum_thread_start(thread));
    while (thrum_thread_is_alive(thread))
        must(thrum_sleep(thrum_seconds(1)));
    use(READER);
    thrum_thread_unref(thread);
}

/* A timer. */
static int fire(void *arg) {
    (void)arg;
    value++;
    return 0;
}

static void one_timer(void *arg) {
    thrum_timer *timer;
    (void)arg;
    value = 1;
    must(thrum_timer_new(&timer, thrum_seconds(1), fire, NULL, NULL));
    must(thrum_timer_start(timer));
    must(thrum_timer_join(timer));
    value++;
    thrum_timer_unref(timer);
}

/* Queues: what an item points to. */
static thrum_queue *queue;
static thrum_simple_queue *simple_queue;

static int pass_item(void *arg) {
    int *item = &value;
    if ((intptr_t)arg == WRITER) {
        use(WRITER);
        must(thrum_queue_put(queue, &item));
    } else if (thrum_queue_get(queue, &item) == 0) {
        sink = *item;
    }
    return 0;
}

static void one_queue(void *arg) {
    (void)arg;
    must(thrum_queue_new(&queue, NULL));
    crew(2, pass_item);
    thrum_queue_free(queue);
}

static int pass_simple(void *arg) {
    int *item = &value;
    if ((intptr_t)arg == WRITER) {
        use(WRITER);
        must(thrum_simple_queue_put(simple_queue, &item));
    } else if (thrum_simple_queue_get(simple_queue, &item) == 0) {
        sink = *item;
    }
    return 0;
}

static void one_simple_queue(void *arg) {
    (void)arg;
    must(thrum_simple_queue_new(&simple_queue, 0));
    crew(2, pass_simple);
    thrum_simple_queue_free(simple_queue);
}

const race_case race_cases[] = {
    {"nothing between", nothing, true},
    {"two readers", two_readers, false},
    {"two neighbours", two_neighbours, false},
    {"one lock", one_lock, false},
    {"a lock on one side", lock_on_one_side, true},
    {"two locks", two_locks, true},
    {"one rlock", one_rlock, false},
    {"a lock that was tried", tried_lock, true},
    {"one condition", one_condition, false},
    {"one semaphore", one_semaphore, false},
    {"a permit too early", early_permit, true},
    {"one event", one_event, false},
    {"an event that was asked", asked_event, false},
    {"an event with a time limit", impatient_event, true},
    {"one barrier", one_barrier, false},
    {"a barrier too few", barrier_too_few, true},
    {"start and join", start_and_join, false},
    {"start and go on", start_and_go_on, true},
    {"a thread that was asked", poll_thread, false},
    {"one timer", one_timer, false},
    {"one queue", one_queue, false},
    {"one simple queue", one_simple_queue, false},
    {"release and acquire", release_acquire, false},
    {"a relaxed store", relaxed_store, true},
    {"a relaxed load", relaxed_load, true},
    {"relaxed, with fences", relaxed_with_fences, false},
    {"relayed by an exchange", relayed_by_exchange, false},
    {"relayed by a store", relayed_by_store, true},
    {"atomic and plain", mixed, true},
    {"only atomic", only_atomic, false},
    {"compared in vain", compared_in_vain, false},
    {"memory that is used again", used_again, false},
    {"memory that is freed in use", freed_in_use, true},
};
const int race_case_count = sizeof race_cases / sizeof race_cases[0];
