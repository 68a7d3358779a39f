/* pool_search.c - looking for a task, going to sleep when there is none, and waking who sleeps. pool_internal.h has
 * the states.
 */
#include <sched.h>

#include "futures/pool_internal.h"
#include "park/queue.h"
#include "park/spin.h"
#include "threading/deadlock_internal.h"
#include "time/time_internal.h"

enum {
    pauses = 250,    /* looks, about 12 us, for a task that comes from another CPU */
    few_pauses = 40, /* about 2 us, when others look, too */
    yields = 24      /* and for one that comes from a thread that wants this CPU */
};

static thrum__worker *first_worker(const thrum__pool *pool) {
    /* Acquire: pairs with the release in thrum__pool_add(). */
    return __atomic_load_n(&pool->newest, __ATOMIC_ACQUIRE);
}

static thrum__task *steal(thrum__pool *pool, const thrum__worker *self) {
    bool again;
    if (self && self->unfit)
        return NULL;
    do {
        again = false;
        for (thrum__worker *worker = first_worker(pool); worker; worker = worker->older) {
            thrum__task *task = worker == self ? NULL : thrum__deque_steal(&worker->place.deque_, &again);
            if (task)
                return task;
        }
    } while (again);
    return NULL;
}

/* An idle worker that takes a task is one idle worker and one task less: no change, not even for a moment, in which
 * somebody would find an idle worker that there is not. */
static thrum__task *from_inbox(thrum__seeker *seeker) {
    thrum__task *task = thrum__inbox_pop(&seeker->pool->inbox);
    if (task && !seeker->idle)
        thrum__pool_add_tokens(seeker->pool, 1);
    if (task)
        seeker->idle = false;
    return task;
}

/* Its own first. One who waits prefers what other threads have put aside, which is part of something that has begun;
 * an idle worker prefers what was submitted. */
thrum__task *thrum__pool_find(thrum__seeker *seeker) {
    thrum__pool *pool = seeker->pool;
    thrum__task *task = seeker->worker ? thrum__deque_pop(&seeker->worker->place.deque_) : NULL;
    if (!task && !seeker->waiter)
        task = from_inbox(seeker);
    if (!task)
        task = steal(pool, seeker->worker);
    if (!task && seeker->waiter)
        task = from_inbox(seeker);
    return task;
}

/* Asked after the state was changed. Pools in which nobody ever put anything aside are spared the fence. */
static bool has_work(thrum__pool *pool) {
    if (thrum__inbox_look(&pool->inbox) == THRUM__INBOX_FULL)
        return true;
    /* seq_cst: pairs with the store in thrum__pool_put_aside(), which comes before a look at the state. */
    if (!__atomic_load_n(&pool->puts_aside, __ATOMIC_SEQ_CST))
        return false;
    thrum__fence_heavy(); /* pairs with the light store of push, after which the pusher looks at the state */
    for (const thrum__worker *worker = first_worker(pool); worker; worker = worker->older)
        if (thrum__deque_seems_full(&worker->place.deque_))
            return true;
    return false;
}

static bool is_over(const thrum__seeker *seeker) {
    if (seeker->waiter)
        /* Acquire: pairs with the release in thrum__pool_wake(). */
        return __atomic_load_n(&seeker->waiter->done, __ATOMIC_ACQUIRE);
    /* In this order: nothing is appended to a closed inbox. Who was about to, wakes all: see thrum__pool_call(). */
    return thrum__inbox_is_closed(&seeker->pool->inbox) &&
           thrum__inbox_look(&seeker->pool->inbox) == THRUM__INBOX_EMPTY;
}

static uint64_t add_state(thrum__pool *pool, uint64_t n) {
    thrum__point(&pool->state, THRUM__POINT_ATOMIC);
    return __atomic_fetch_add(&pool->state, n, __ATOMIC_SEQ_CST);
}

static void begin(thrum__seeker *seeker) {
    if (seeker->searching)
        return;
    add_state(seeker->pool, THRUM__SEARCHING);
    seeker->searching = true;
}

static void end(thrum__seeker *seeker) {
    uint64_t before = add_state(seeker->pool, -THRUM__SEARCHING);
    seeker->searching = false;
    if (THRUM__COUNT_SEARCHING(before) == 1 && THRUM__COUNT_SLEEPING(before) > 0 && has_work(seeker->pool))
        thrum__pool_wake_one(seeker->pool);
}

/* Who yields to a program that has nothing to do with this one may be back a millisecond later, so that comes last.
 * Where as many threads look as there are CPUs, nobody is left to bring a task, and they make way soon. */
static int pauses_for(const thrum__pool *pool) {
    /* Relaxed: a hint. */
    uint32_t searching = THRUM__COUNT_SEARCHING(__atomic_load_n(&pool->state, __ATOMIC_RELAXED));
    if (pool->cpus == 1)
        return 0;
    return searching < pool->cpus ? pauses : few_pauses;
}

/* Look for a while. Under hooks once: others get their turn at the points. */
static thrum__task *look_around(thrum__seeker *seeker) {
    bool once = thrum__hooks_get() != NULL;
    int before_yields = once ? 0 : pauses_for(seeker->pool), rounds = once ? 0 : before_yields + yields;
    thrum__task *task = thrum__pool_find(seeker);
    for (int i = 0; i < rounds && !task && !is_over(seeker); i++) {
        if (i < before_yields)
            thrum__spin_pause();
        else
            sched_yield();
        task = thrum__pool_find(seeker);
    }
    return task;
}

/* Get out of the queue. False when somebody has woken the thread before. It counts as searching either way. */
static bool get_up(thrum__pool *pool, thrum__record *me) {
    thrum__queue *room = thrum__queue_lock(&pool->state);
    /* Relaxed: only under this latch does the key change from this one to another. */
    bool queued = __atomic_load_n(&me->key, __ATOMIC_RELAXED) == &pool->state;
    if (queued) {
        thrum__queue_remove(room, me);
        __atomic_fetch_add(&pool->state, THRUM__SEARCHING - THRUM__SLEEPING, __ATOMIC_SEQ_CST);
    }
    thrum__queue_unlock(room);
    if (!queued)
        (void)thrum__doze_at_once(me, THRUM__NEVER); /* the delivery is under way */
    return queued;
}

static thrum__record *lie_down(thrum__seeker *seeker) {
    thrum__pool *pool = seeker->pool;
    thrum__record *me = thrum__record_self();
    thrum__wait wait = seeker->what
                           ? *seeker->what
                           : thrum__wait_for(THRUM__KIND_WORK, pool, NULL, THRUM__NEVER, __builtin_return_address(0));
    thrum__queue *room = thrum__queue_lock(&pool->state);
    __atomic_fetch_add(&pool->state, THRUM__SLEEPING - THRUM__SEARCHING, __ATOMIC_SEQ_CST);
    thrum__queue_push(room, me, &pool->state, &wait);
    thrum__queue_unlock(room);
    return me;
}

/* Sleep until there may be work or the search is over. The thread counts as searching again. */
static int sleep_until_called(thrum__seeker *seeker) {
    thrum__pool *pool = seeker->pool;
    thrum__record *me = lie_down(seeker);
    if (has_work(pool) || is_over(seeker)) {
        get_up(pool, me);
        return 0;
    }
    if (seeker->what && seeker->what->owner_word) {
        int r = thrum__deadlock_check(me, true);
        if (r < 0 && get_up(pool, me))
            return r;
    }
    if (thrum__doze_at_once(me, seeker->deadline) || !get_up(pool, me))
        return 0;
    return THRUM_TIMED_OUT;
}

thrum__task *thrum__pool_seek(thrum__seeker *seeker) {
    thrum__task *task;
    begin(seeker);
    seeker->end = 0;
    while (!(task = look_around(seeker)) && !is_over(seeker) && seeker->end == 0)
        seeker->end = sleep_until_called(seeker);
    end(seeker);
    return task;
}

/* Under the latch: take a sleeper out, who is to be woken. */
static void call_up(thrum__pool *pool, thrum__queue *room, thrum__record *sleeper, thrum__wakes *wakes) {
    thrum__wakes_add(wakes, room, sleeper, 0);
    __atomic_fetch_add(&pool->state, THRUM__SEARCHING - THRUM__SLEEPING, __ATOMIC_SEQ_CST);
}

void thrum__pool_wake_one(thrum__pool *pool) {
    thrum__wakes wakes;
    thrum__wakes_init(&wakes);
    thrum__queue *room = thrum__queue_lock(&pool->state);
    thrum__record *first = thrum__queue_first(room, &pool->state);
    if (first && THRUM__COUNT_SEARCHING(__atomic_load_n(&pool->state, __ATOMIC_SEQ_CST)) == 0)
        call_up(pool, room, first, &wakes);
    thrum__queue_unlock(room);
    thrum__wakes_deliver(&wakes);
}

void thrum__pool_wake_all(thrum__pool *pool) {
    thrum__wakes wakes;
    thrum__wakes_init(&wakes);
    thrum__queue *room = thrum__queue_lock(&pool->state);
    for (thrum__record *first; (first = thrum__queue_first(room, &pool->state)) != NULL;)
        call_up(pool, room, first, &wakes);
    thrum__queue_unlock(room);
    thrum__wakes_deliver(&wakes);
}

void thrum__pool_waiter_init(thrum__pool_waiter *waiter) {
    waiter->done = 0;
    waiter->record = thrum__record_self();
}

int thrum__pool_wait(thrum__pool *pool, thrum__pool_waiter *waiter, const thrum__wait *what, int64_t deadline) {
    thrum__worker *self = thrum__worker_self;
    thrum__seeker seeker = {.pool = pool,
                            .worker = self && self->pool == pool ? self : NULL,
                            .waiter = waiter,
                            .what = what,
                            .deadline = deadline};
    while (!is_over(&seeker)) {
        if (deadline != THRUM__NEVER && deadline <= thrum_monotonic_ns())
            return THRUM_TIMED_OUT;
        thrum__task *task = thrum__pool_find(&seeker);
        if (!task && !(task = thrum__pool_seek(&seeker)))
            return is_over(&seeker) ? 0 : seeker.end;
        task->run_(task);
    }
    return 0;
}

void thrum__pool_wake(thrum__pool *pool, thrum__pool_waiter *waiter) {
    thrum__wakes wakes;
    thrum__wakes_init(&wakes);
    thrum__queue *room = thrum__queue_lock(&pool->state);
    thrum__record *record = waiter->record;
    /* Relaxed: only under this latch does the key change from this one to another. The thread may sleep in a wait
     * inside this one: then it looks around for nothing. */
    if (__atomic_load_n(&record->key, __ATOMIC_RELAXED) == &pool->state)
        call_up(pool, room, record, &wakes);
    /* Release: pairs with is_over(). */
    __atomic_store_n(&waiter->done, 1, __ATOMIC_RELEASE);
    thrum__queue_unlock(room);
    thrum__wakes_deliver(&wakes);
}
