/* deadlock.c - looking for deadlocks: the walk and the policy.
 *
 * A cycle of waits can only close when a thread begins to wait, and that thread walks after it has queued itself: so
 * every cycle is found by at least one of its members. What the walk sees, thread by thread, is no snapshot. So
 * a cycle counts only when a second walk finds the same threads in the same waits: each of them was waiting from the
 * moment it was seen first until it was seen again, so all were in between. A wait that ends by itself breaks the
 * cycle; so does an owner that runs or has ended.
 *
 * The walk stores nothing and allocates nothing, however long the chain; only for a report, that is after a cycle was
 * found, is memory asked for.
 *
 * Locking: the latch of one queue at a time, for as long as one thread is looked at.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "park/queue.h"
#include "threading/deadlock_internal.h"
#include "threading/report.h"

static int policy = THRUM_DEADLOCK_REPORT; /* atomic */

static thrum_deadlock_action current_policy(void) {
    return __atomic_load_n(&policy, __ATOMIC_RELAXED); /* relaxed: a setting, with which nothing else goes */
}

thrum_deadlock_action thrum_deadlock_policy(thrum_deadlock_action action) {
    return __atomic_exchange_n(&policy, (int)action, __ATOMIC_RELAXED); /* relaxed: as above */
}

/* What is to be done when `wait` turns out to close a cycle. Only a cycle of RLocks is certain by itself: where it
 * leads through a Lock, some other thread might release that. */
static thrum__verdict verdict_of(const thrum__wait *wait, bool may_fail, bool through_locks) {
    thrum_deadlock_action action = current_policy();
    bool certain = wait->kind == THRUM__KIND_RLOCK && !through_locks;
    bool fails = may_fail && (certain || action == THRUM_DEADLOCK_ERROR);
    if (action == THRUM_DEADLOCK_OFF || (!wait->forever && !fails))
        return THRUM__VERDICT_IGNORE;
    if (action == THRUM_DEADLOCK_ABORT)
        return THRUM__VERDICT_ABORT;
    return fails ? THRUM__VERDICT_FAIL : THRUM__VERDICT_WAIT;
}

/* What a walk leaves behind. */
typedef struct trail {
    size_t length;
    uint64_t fingerprint;    /* of all numbers and sequences seen, in order */
    thrum__record *youngest; /* the member whose wait began last, the highest number of those with the same time */
    thrum__sight youngest_sight;
    bool through_locks;    /* some member waits for a Lock */
    thrum__cycle *members; /* filled in, or NULL */
} trail;

static void mix(trail *track, uint32_t id, uint32_t sequence) {
    uint64_t x = track->fingerprint ^ ((uint64_t)id << 32 | sequence);
    x *= UINT64_C(0x9e3779b97f4a7c15); /* each step is a bijection: walks that differ in one step differ */
    track->fingerprint = x ^ x >> 29;
}

static void note_youngest(trail *track, thrum__record *record, const thrum__sight *sight) {
    int64_t since = sight->wait.since, latest = track->youngest_sight.wait.since;
    if (track->length == 0 || since > latest || (since == latest && sight->id > track->youngest_sight.id)) {
        track->youngest = record;
        track->youngest_sight = *sight;
    }
}

static void note(trail *track, thrum__record *record, const thrum__sight *sight) {
    mix(track, sight->id, sight->sequence);
    note_youngest(track, record, sight);
    if (track->members && track->length < thrum__cycle_kept)
        track->members->members[track->length] = *sight;
    if (sight->wait.kind == THRUM__KIND_LOCK)
        track->through_locks = true;
    track->length++;
}

/* Follow owners and waits from `me` until they come back to it (true) or end (false). A cycle further on, where the
 * chain leads, is not the caller's: it was reported when it closed. It is noticed because the chain comes back to a
 * place where it was when its length was a power of two. */
static bool walk(thrum__record *me, trail *track) {
    thrum__record *record = me, *milestone = NULL;
    uint32_t id = me->id;
    do {
        thrum__sight sight;
        if (!thrum__sight_of_wait(record, &sight) || sight.id != id || sight.owner == 0)
            return false;
        if (record != me && !sight.wait.forever)
            return false;
        note(track, record, &sight);
        if ((track->length & (track->length - 1)) == 0)
            milestone = record;
        id = sight.owner;
        record = thrum__record_find(id);
    } while (record && record != me && record != milestone);
    return record == me;
}

/* Whether the caller's wait cannot be part of a cycle, at the price of two loads: true nearly always. Its wait is its
 * own to read, and its caller keeps the object alive. */
static bool owner_runs(const thrum__record *me) {
    /* Relaxed: the walk, if there is one, looks again. */
    const uint32_t id = __atomic_load_n(me->wait.owner_word, __ATOMIC_RELAXED) & THRUM__ID_MASK;
    const thrum__record *owner = thrum__record_find(id);
    /* seq_cst: as in thrum__sight_of_wait(). */
    return !owner || !__atomic_load_n(&owner->key, __ATOMIC_SEQ_CST);
}

/* Two members may have closed the cycle in the same moment, and both have seen it. The report is for the first one to
 * leave its mark on the wait that is youngest, which is the same wait for both. */
static bool claim_report(const trail *track) {
    thrum__record *record = track->youngest;
    const thrum__sight *sight = &track->youngest_sight;
    thrum__queue *queue = thrum__queue_lock(sight->key);
    /* When that thread does not wait any more, it was told about the deadlock, and has reported it. Relaxed: while
     * the key is another one, another latch protects it and the sequence; the key is this one only under this
     * latch. */
    bool first = __atomic_load_n(&record->key, __ATOMIC_RELAXED) == sight->key &&
                 __atomic_load_n(&record->sequence, __ATOMIC_RELAXED) == sight->sequence &&
                 record->reported != sight->sequence;
    if (first)
        record->reported = sight->sequence;
    thrum__queue_unlock(queue);
    return first;
}

typedef struct sheet {
    thrum__cycle cycle;
    char text[32768];
} sheet;

static void send_report(sheet *paper, const trail *track, thrum__verdict verdict) {
    if (!paper) {
        thrum__report_send("thrum: deadlock: threads wait for each other (there is no memory to say which)\n");
        return;
    }
    thrum__text text;
    paper->cycle.count = track->length;
    paper->cycle.through_locks = track->through_locks;
    thrum__text_init(&text, paper->text, sizeof paper->text);
    thrum__text_add_cycle(&text, &paper->cycle, verdict);
    thrum__text_end(&text);
    thrum__report_send(paper->text);
}

/* A first walk came back to the caller. */
static int confirm(thrum__record *me, const trail *first, thrum__verdict verdict) {
    sheet *paper = thrum__calloc(1, sizeof *paper);
    trail second = {.members = paper ? &paper->cycle : NULL};
    bool real = walk(me, &second) && second.length == first->length && second.fingerprint == first->fingerprint;
    bool reports = real && claim_report(&second);
    if (reports)
        send_report(paper, &second, verdict);
    free(paper);
    if (reports && verdict == THRUM__VERDICT_ABORT)
        abort();
    return real && verdict == THRUM__VERDICT_FAIL ? THRUM_DEADLOCK : 0;
}

int thrum__deadlock_check(thrum__record *me, bool may_fail) {
    if (owner_runs(me))
        return 0;
    trail first = {0};
    if (verdict_of(&me->wait, may_fail, false) == THRUM__VERDICT_IGNORE || !walk(me, &first))
        return 0;
    thrum__verdict verdict = verdict_of(&me->wait, may_fail, first.through_locks);
    return verdict == THRUM__VERDICT_IGNORE ? 0 : confirm(me, &first, verdict);
}

static void set_policy_from_environment(void) {
    static const char *const words[] = {"report", "error", "abort", "off"}; /* as thrum_deadlock_action counts */
    const char *word = getenv("THRUM_DEADLOCK");
    if (!word)
        return;
    for (int i = 0; i < (int)(sizeof words / sizeof *words); i++) {
        if (strcmp(word, words[i]) == 0) {
            policy = i;
            return;
        }
    }
    fprintf(stderr, "thrum: THRUM_DEADLOCK is '%s', which is none of report, error, abort, off: it stays 'report'\n",
            word);
}

static void before_fork(void) {
    thrum__held_before_fork();
    thrum__order_graph_before_fork();
    thrum__report_before_fork();
    thrum__names_before_fork();
}

static void after_fork(void) {
    thrum__names_after_fork();
    thrum__report_after_fork();
    thrum__order_graph_after_fork();
    thrum__held_after_fork();
}

/* After src/park/load.c, so that a fork takes the latches of this layer before those below it. */
__attribute__((constructor(201))) static void load(void) {
    set_policy_from_environment();
    thrum__order_begin();
    pthread_atfork(before_fork, after_fork, after_fork);
}
