/* test_park.c - the waiting room's own promises (park/queue.h), one by one and without a primitive around it. */
#include <errno.h>

#include "crew.h"
#include "platform/platform.h"

/* A thread that parks at `key`, and what came of it. */
typedef struct sleeper {
    const void *key;
    thrum_timeout limit;
    thrum__record *record;
    int result, token, ended;
} sleeper;

static void sleeps(int index, void *arg) {
    sleeper *s = (sleeper *)arg;
    (void)index;
    thrum__record *me = thrum__record_self();
    int64_t deadline = thrum_deadline_after(s->limit).ns;
    thrum__wait wait = thrum__wait_for(THRUM__KIND_EVENT, s->key, NULL, deadline, NULL);
    thrum__queue *queue = thrum__queue_lock(s->key);
    thrum__queue_push(queue, me, s->key, &wait);
    __atomic_store_n(&s->record, me, __ATOMIC_SEQ_CST);
    thrum__queue_unlock(queue);
    s->result = thrum__park(me, s->key, deadline);
    s->token = s->result == 0 ? (int)me->token : -1;
    add(&s->ended, 1);
}

static void start(crew *c, sleeper *s, const void *key, thrum_timeout limit) {
    *s = (sleeper){.key = key, .limit = limit};
    crew_start(c, 1, sleeps, s);
    UNTIL(__atomic_load_n(&s->record, __ATOMIC_SEQ_CST));
}

/* Take the one that came first out of the queue; it goes on sleeping until it is delivered to. */
static thrum__record *take_first(const void *key) {
    thrum__queue *queue = thrum__queue_lock(key);
    thrum__record *first = thrum__queue_first(queue, key);
    if (first)
        thrum__queue_remove(queue, first);
    thrum__queue_unlock(queue);
    return first;
}

static int place, other_place;

TEST(threads_are_kept_in_the_order_of_their_arrival) {
    sleeper s[5];
    crew c = {0};
    for (int i = 0; i < 5; i++)
        start(&c, &s[i], &place, THRUM_FOREVER);
    for (int i = 0; i < 5; i++) {
        thrum__record *first = take_first(&place);
        CHECK(first == s[i].record);
        thrum__deliver(first, 100u + (uint32_t)i);
    }
    CHECK(!take_first(&place));
    crew_join(&c);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(s[i].token, 100 + i);
}

TEST(a_limit_takes_the_thread_out_of_the_queue) {
    sleeper before, gone, after;
    crew c = {0}, leaving = {0};
    start(&c, &before, &place, THRUM_FOREVER);
    start(&leaving, &gone, &place, TINY);
    start(&c, &after, &place, THRUM_FOREVER);
    crew_join(&leaving);
    CHECK_EQ(gone.result, THRUM_TIMED_OUT);
    thrum__record *first = take_first(&place), *second = take_first(&place);
    CHECK(first == before.record);
    CHECK(second == after.record);
    CHECK(!take_first(&place));
    thrum__deliver(first, 1);
    thrum__deliver(second, 2);
    crew_join(&c);
}

/* Taken out before its time is over, and delivered to long after: the wait is not over before, and has not failed. */
TEST(delivery_wins_over_the_limit) {
    for (int i = 0; i < 20; i++) {
        sleeper s;
        crew c = {0};
        start(&c, &s, &place, thrum_milliseconds(1));
        thrum__record *first = take_first(&place);
        if (!first) { /* its time was over before */
            crew_join(&c);
            CHECK_EQ(s.result, THRUM_TIMED_OUT);
            continue;
        }
        thrum_deadline long_after = thrum_deadline_after(thrum_milliseconds(5));
        UNTIL(thrum_deadline_passed(long_after));
        CHECK_EQ(get(&s.ended), 0);
        thrum__deliver(first, 7);
        crew_join(&c);
        CHECK_EQ(s.result, 0);
        CHECK_EQ(s.token, 7);
    }
}

/* Neither the kernel's whims nor a waker that comes late end a wait. */
TEST(there_are_no_spurious_wake_ups) {
    sleeper s;
    crew c = {0};
    start(&c, &s, &place, THRUM_FOREVER);
    for (int i = 0; i < 1000; i++) {
        thrum__os_wake(&s.record->word);
        sched_yield();
        CHECK_EQ(get(&s.ended), 0);
    }
    thrum__deliver(take_first(&place), 1);
    crew_join(&c);
    CHECK_EQ(s.result, 0);
}

/* Two addresses whose threads wait in the same queue of the table. */
static const void *neighbour_of(const void *key) {
    static char many[200000];
    thrum__queue *queue = thrum__queue_lock(key);
    thrum__queue_unlock(queue);
    for (size_t i = 0; i < sizeof many; i += 4) {
        thrum__queue *other = thrum__queue_lock(&many[i]);
        thrum__queue_unlock(other);
        if (other == queue)
            return &many[i];
    }
    TEST_FAIL("no address in the same queue");
}

TEST(addresses_that_share_a_queue_are_kept_apart) {
    const void *near = neighbour_of(&place);
    sleeper here[2], there[2];
    crew c = {0};
    start(&c, &there[0], near, THRUM_FOREVER);
    start(&c, &here[0], &place, THRUM_FOREVER);
    start(&c, &there[1], near, THRUM_FOREVER);
    start(&c, &here[1], &place, THRUM_FOREVER);
    for (int i = 0; i < 2; i++) {
        thrum__record *first = take_first(&place);
        CHECK(first == here[i].record);
        thrum__deliver(first, 1);
    }
    CHECK(!take_first(&place));
    CHECK_EQ(get(&there[0].ended) + get(&there[1].ended), 0);
    for (int i = 0; i < 2; i++) {
        thrum__record *first = take_first(near);
        CHECK(first == there[i].record);
        thrum__deliver(first, 1);
    }
    crew_join(&c);
}

/* Requeue: from one address to another, behind those who are there, without waking up, and with no limit any more. */
static thrum__record *take_before_its_limit(crew *c, sleeper *s, int64_t limit_ns) {
    start(c, s, &place, thrum_nanoseconds(limit_ns));
    return take_first(&place);
}

TEST(a_moved_thread_sleeps_on) {
    sleeper moved, there;
    crew c = {0}, late = {0};
    int64_t limit_ns = thrum_milliseconds(50).ns;
    thrum__record *record;
    while (!(record = take_before_its_limit(&late, &moved, limit_ns))) { /* on a busy machine its time may be over */
        crew_join(&late);
        limit_ns *= 2;
    }
    CHECK(record == moved.record);
    start(&c, &there, &other_place, THRUM_FOREVER);
    thrum__wait wait = thrum__wait_for(THRUM__KIND_LOCK, &other_place, NULL, INT64_MAX, NULL);
    thrum__queue *queue = thrum__queue_lock(&other_place);
    thrum__queue_move(queue, record, &other_place, &wait);
    thrum__queue_unlock(queue);
    thrum_deadline long_after = thrum_deadline_after(thrum_nanoseconds(limit_ns + TINY.ns));
    UNTIL(thrum_deadline_passed(long_after));
    CHECK_EQ(get(&moved.ended), 0);
    CHECK_EQ(waiting_for(&other_place), 2);
    CHECK(take_first(&other_place) == there.record);
    CHECK(take_first(&other_place) == moved.record);
    thrum__deliver(there.record, 1);
    thrum__deliver(moved.record, 2);
    crew_join(&c);
    crew_join(&late);
    CHECK_EQ(moved.result, 0);
    CHECK_EQ(moved.token, 2);
}

/* Records are recycled, and their numbers are not used again at once. */
static uint32_t ids[64];
static void notes_its_id(int index, void *arg) {
    ids[index] = thrum__record_self()->id;
    add((int *)arg, 1);
}

/* A handler that sets an event may have to wait for a latch: what it interrupted keeps its errno. */
TEST(a_wait_for_what_has_come_already_leaves_errno) {
    uint32_t word = 1;
    errno = EXDEV;
    CHECK_EQ(thrum__os_wait(&word, 0, INT64_MAX), 0);
    CHECK_EQ(errno, EXDEV);
    CHECK_EQ(thrum__os_wait(&word, 1, 1), -ETIMEDOUT);
    CHECK_EQ(errno, EXDEV);
}

TEST(the_number_of_a_thread_that_ended_is_nobodys) {
    int noted = 0;
    for (int i = 0; i < 64; i++) {
        crew c = {.size = i};
        crew_start(&c, 1, notes_its_id, &noted);
        CHECK_EQ(pthread_join(c.members[i].thread, NULL), 0);
        CHECK(!thrum__record_find(ids[i]));
        for (int j = 0; j < i; j++)
            CHECK_NE(ids[i], ids[j]);
    }
    CHECK_EQ(noted, 64);
    CHECK(thrum__record_find(thrum__record_self()->id) == thrum__record_self());
    CHECK(!thrum__record_find(0));
}

TEST_MAIN()
