/* test_signals.c - the calls that are marked "Signals: safe", under a storm of signals.
 *
 * Threads set, wait, acquire and release without pause while others send them signals, whose handler sets an event
 * and releases a semaphore: often in the middle of the very same operation. Nothing may hang, and the counts are
 * exact.
 */
#include <errno.h>

#include "signals.h"

/* Fewer under ThreadSanitizer: there each signal may take the thread's whole turn to be handled. */
enum { ROUNDS = 3000, STORM = TEST_TSAN ? 1000 : 4000 };

static thrum_event alarm_event;
static thrum_semaphore alarms; /* one permit for each run of the handler */
static thrum_lock lock;
static int handled, stop;

static void on_signal(int number) {
    int saved = errno;
    (void)number;
    CHECK_EQ(thrum_semaphore_release(&alarms, 1), 0);
    thrum_event_set(&alarm_event);
    add(&handled, 1);
    errno = saved;
}

static void handle_signals(void) {
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
}

/* Send `n` signals to each thread of the crew, never more than one at a time: pending ones would merge. */
static void storm(crew *c, int n) {
    for (int i = 0; i < n; i++) {
        pthread_t thread = c->members[i % c->size].thread;
        CHECK_EQ(pthread_kill(thread, SIGUSR1), 0);
        UNTIL_HANDLED(thread, get(&handled) == i + 1);
    }
}

/* Operations that the storm interrupts. */
static thrum_event ping, pong;
static thrum_semaphore there, back;

static void sets_and_waits(int index, void *arg) {
    (void)arg;
    thrum_event *mine = index % 2 ? &ping : &pong, *other = index % 2 ? &pong : &ping;
    while (!get(&stop)) {
        thrum_event_set(other);
        CHECK_EQ(thrum_event_wait(mine), 0);
        thrum_event_clear(mine);
    }
    thrum_event_set(other);
}

TEST(events_are_set_and_waited_for_in_the_storm) {
    handle_signals();
    crew c = {0};
    crew_start(&c, 2, sets_and_waits, NULL);
    storm(&c, STORM);
    put(&stop, 1);
    crew_join(&c);
    CHECK_EQ(thrum_semaphore_value(&alarms), STORM);
    CHECK(thrum_event_is_set(&alarm_event));
}

static void passes_a_permit(int index, void *arg) {
    (void)arg;
    thrum_semaphore *from = index % 2 ? &there : &back, *to = index % 2 ? &back : &there;
    while (!get(&stop)) {
        CHECK_EQ(thrum_semaphore_release(to, 1), 0);
        CHECK_EQ(thrum_semaphore_acquire(from), 0);
    }
    CHECK_EQ(thrum_semaphore_release(to, 1), 0);
}

TEST(semaphores_are_acquired_and_released_in_the_storm) {
    handle_signals();
    crew c = {0};
    crew_start(&c, 2, passes_a_permit, NULL);
    storm(&c, STORM);
    put(&stop, 1);
    crew_join(&c);
    CHECK_EQ(thrum_semaphore_value(&alarms), STORM);
}

static long inside;
static void locks(int index, void *arg) {
    (void)index, (void)arg;
    for (int i = 1; !get(&stop); i++) {
        if (i % 32 == 0)
            sched_yield(); /* with fewer processors than threads, somebody has to let the storm go on */
        thrum_lock_acquire(&lock);
        inside++;
        CHECK_EQ(thrum_lock_release(&lock), 0);
        if (thrum_lock_acquire_timed(&lock, thrum_nanoseconds(20000)) == 0) {
            inside++;
            CHECK_EQ(thrum_lock_release(&lock), 0);
        }
    }
}

TEST(locks_are_taken_in_the_storm) {
    handle_signals();
    crew c = {0};
    crew_start(&c, 3, locks, NULL);
    storm(&c, STORM);
    put(&stop, 1);
    crew_join(&c);
    CHECK_EQ(thrum_semaphore_value(&alarms), STORM);
    CHECK(!thrum_lock_locked(&lock));
}

/* The handler uses the very objects that the interrupted call works on. */
static int taken;
static void takes_what_the_handler_gives(int index, void *arg) {
    (void)index, (void)arg;
    while (!get(&stop))
        if (thrum_semaphore_acquire_timed(&alarms, thrum_nanoseconds(50000)) == 0)
            add(&taken, 1);
}

TEST(permits_given_by_a_handler_reach_the_thread_that_it_interrupts) {
    handle_signals();
    crew c = {0};
    crew_start(&c, 3, takes_what_the_handler_gives, NULL);
    storm(&c, STORM);
    UNTIL(get(&taken) == STORM); /* none is lost, also when it came while the limit ran out */
    put(&stop, 1);
    crew_join(&c);
    CHECK_EQ(taken, STORM);
    CHECK_EQ(thrum_semaphore_value(&alarms), 0);
}

static int answered;
static void waits_for_the_handler(int index, void *arg) {
    (void)index, (void)arg;
    while (!get(&stop)) {
        CHECK_EQ(thrum_event_wait(&alarm_event), 0);
        thrum_event_clear(&alarm_event);
        add(&answered, 1);
    }
}

/* Each signal goes to the thread that waits, or is about to: it must wake itself. */
TEST(an_event_set_by_a_handler_wakes_the_thread_that_it_interrupts) {
    NEEDS_LINUX("a handler may not signal a condition variable of POSIX");
    handle_signals();
    crew c = {0};
    crew_start(&c, 1, waits_for_the_handler, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        int before = get(&answered);
        CHECK_EQ(pthread_kill(c.members[0].thread, SIGUSR1), 0);
        UNTIL_HANDLED(c.members[0].thread, get(&answered) > before);
    }
    put(&stop, 1);
    thrum_event_set(&alarm_event);
    crew_join(&c);
    CHECK_EQ(get(&handled), ROUNDS);
}

/* The signals go to a thread that does nothing but hold the latch that the handler's set would need: the set is made
 * up for when the latch is free. */
static void is_always_at_the_door(int index, void *arg) {
    (void)index, (void)arg;
    while (!get(&stop)) {
        thrum__queue *queue = thrum__queue_lock(&alarm_event);
        thrum__queue_unlock(queue);
        for (int i = 0; i < 5; i++) /* so that others get it at all */
            thrum__spin_pause();
    }
}

TEST(a_handler_may_interrupt_the_holder_of_the_latch_that_it_needs) {
    handle_signals();
    crew c = {0}, waiter = {0};
    crew_start(&c, 1, is_always_at_the_door, NULL);
    crew_start(&waiter, 1, waits_for_the_handler, NULL);
    for (int i = 1; i <= ROUNDS / 10; i++) {
        until_waiting(&alarm_event, 1);
        CHECK_EQ(pthread_kill(c.members[0].thread, SIGUSR1), 0);
        UNTIL(get(&answered) == i);
    }
    put(&stop, 1);
    thrum_event_set(&alarm_event);
    crew_join(&c);
    crew_join(&waiter);
}

/* One that sets and clears: who waits is woken all the same, and from then on the event is unset, for those who come
 * to wait before the latch is free, too. */
static thrum_event pulse;
static void on_pulse(int number) {
    int saved = errno;
    (void)number;
    thrum_event_set(&pulse);
    CHECK(thrum_event_is_set(&pulse));
    thrum_event_clear(&pulse);
    CHECK(!thrum_event_is_set(&pulse));
    add(&handled, 1);
    errno = saved;
}

static void is_always_at_the_door_of_pulse(int index, void *arg) {
    (void)index, (void)arg;
    while (!get(&stop)) {
        thrum__queue *queue = thrum__queue_lock(&pulse);
        thrum__queue_unlock(queue);
        for (int i = 0; i < 5; i++) /* so that others get it at all */
            thrum__spin_pause();
    }
}

static int pulses;
static void waits_for_pulse(int index, void *arg) {
    (void)index, (void)arg;
    for (int i = 1; !get(&stop); i++) {
        CHECK_EQ(thrum_event_wait(&pulse), 0);
        add(&answered, 1);
        UNTIL(get(&pulses) == i || get(&stop)); /* between set and clear it would find it set again and again */
    }
}

TEST(a_handler_that_interrupts_the_holder_of_the_latch_may_clear) {
    struct sigaction action = {.sa_handler = on_pulse};
    sigemptyset(&action.sa_mask);
    CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
    crew c = {0}, waiters = {0};
    crew_start(&c, 1, is_always_at_the_door_of_pulse, NULL);
    crew_start(&waiters, 2, waits_for_pulse, NULL);
    for (int i = 1; i <= ROUNDS / 30; i++) {
        until_waiting(&pulse, 2);
        CHECK_EQ(pthread_kill(c.members[0].thread, SIGUSR1), 0);
        UNTIL(get(&answered) == 2 * i && get(&handled) == i);
        CHECK(!thrum_event_is_set(&pulse));
        put(&pulses, i);
    }
    until_waiting(&pulse, 2);
    put(&stop, 1);
    thrum_event_set(&pulse);
    crew_join(&c);
    crew_join(&waiters);
    CHECK_EQ(get(&handled), ROUNDS / 30);
}

/* A bare wait that only a handler in the same thread can end. */
TEST(a_thread_that_sleeps_for_ever_is_woken_by_its_own_handler) {
    NEEDS_LINUX("a handler may not signal a condition variable of POSIX");
    handle_signals();
    for (int i = 1; i <= 300; i++) {
        crew c = {0};
        put(&stop, 0);
        crew_start(&c, 1, waits_for_the_handler, NULL);
        until_waiting(&alarm_event, 1);
        put(&stop, 1);
        CHECK_EQ(pthread_kill(c.members[0].thread, SIGUSR1), 0);
        UNTIL_HANDLED(c.members[0].thread, get(&handled) == i);
        crew_join(&c);
        CHECK_EQ(get(&answered), i);
    }
}

/* A signal wakes nobody by itself: the limit of a wait is kept, and an endless wait goes on (PEP 475). */
static int done;
static void waits_through_signals(int index, void *arg) {
    int64_t before = thrum_monotonic_ns(), limit = thrum_milliseconds(30).ns;
    (void)arg;
    thrum_event mine = THRUM_EVENT_INIT;
    thrum_semaphore none = THRUM_SEMAPHORE_INIT(0);
    thrum_lock held = THRUM_LOCK_INIT;
    thrum_lock_acquire(&held);
    int r = index == 0   ? thrum_event_wait_timed(&mine, thrum_nanoseconds(limit))
            : index == 1 ? thrum_semaphore_acquire_timed(&none, thrum_nanoseconds(limit))
            : index == 2 ? thrum_lock_acquire_timed(&held, thrum_nanoseconds(limit))
                         : thrum_sleep(thrum_nanoseconds(limit));
    CHECK_EQ(r, index == 3 ? 0 : THRUM_TIMED_OUT);
    CHECK_GE(thrum_monotonic_ns() - before, limit);
    add(&done, 1);
    UNTIL(get(&stop));
}

TEST(signals_neither_shorten_nor_prolong_a_wait_with_a_limit) {
    handle_signals();
    crew c = {0};
    crew_start(&c, 4, waits_through_signals, NULL);
    for (int i = 0; get(&done) < 4; i++) {
        CHECK_EQ(pthread_kill(c.members[i % 4].thread, SIGUSR1), 0);
        UNTIL(get(&handled) == i + 1);
    }
    put(&stop, 1);
    crew_join(&c);
}

TEST_MAIN()
