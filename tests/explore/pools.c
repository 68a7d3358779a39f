/* pools.c - the deque, the inbox, the pool and the task group under every schedule with a bounded number of
 * preemptions, with a place for a switch at each atomic operation, and under 5,000 schedules of the portfolio. Three
 * threads beside two workers have a million schedules of one preemption: they are left to the portfolio.
 */
#include <errno.h>

#include "bugs.h"
#include "futures/pool_internal.h"
#include "test.h"
#include "time/time_internal.h"

#ifndef TEST_SCHEDULES
#define TEST_SCHEDULES 5000 /* fewer in `make test`, which leaves three threads out */
#endif
enum { most_tasks = 8, quick = TEST_SCHEDULES < 5000 };
static thrum__task tasks[most_tasks];
static int taken[most_tasks], parties, done;

static void take(const thrum__task *task) {
    THRUM_EXPLORE_CHECK_THAT(++taken[task - tasks] == 1);
}
static int count_taken(int most) {
    int sum = 0;
    for (int i = 0; i < most; i++)
        sum += taken[i];
    return sum;
}

/* The deque: the owner puts three aside and takes what it finds, the others steal two each. */
static thrum__deque deque;

static int owner_and_thieves(void *arg) {
    intptr_t me = (intptr_t)arg;
    for (int i = 0; me == 0 && i < 3; i++) {
        THRUM_EXPLORE_CHECK_THAT(thrum__deque_push(&deque, &tasks[i]));
        thrum__task *task = i > 0 ? thrum__deque_pop(&deque) : NULL;
        if (task)
            take(task);
    }
    for (int i = 0; me != 0 && i < 2; i++) {
        bool again = false;
        thrum__task *task = thrum__deque_steal(&deque, &again);
        if (task)
            take(task);
    }
    return 0;
}
static void the_rest_is_there(void) {
    for (thrum__task *task; (task = thrum__deque_pop(&deque)) != NULL;)
        take(task);
    THRUM_EXPLORE_CHECK_THAT(count_taken(3) == 3);
    thrum__deque_free(&deque);
    deque = (thrum__deque){0};
}

/* The inbox: each appends two and takes what it finds, of each thread in its order. */
static thrum__inbox inbox;

static int append_and_take(void *arg) {
    intptr_t me = (intptr_t)arg;
    for (int i = 0; i < 2; i++)
        THRUM_EXPLORE_CHECK_THAT(thrum__inbox_push(&inbox, &tasks[2 * me + i]));
    for (int i = 0; i < 2; i++) {
        thrum__task *task = thrum__inbox_pop(&inbox);
        if (!task)
            continue;
        int number = (int)(task - tasks);
        take(task);
        THRUM_EXPLORE_CHECK_THAT(number % 2 == 0 || taken[number - 1]);
    }
    return 0;
}
static void the_inbox_has_the_rest(void) {
    for (thrum__task *task; (task = thrum__inbox_pop(&inbox)) != NULL;)
        take(task);
    THRUM_EXPLORE_CHECK_THAT(count_taken(2 * parties) == 2 * parties);
    THRUM_EXPLORE_CHECK_THAT(thrum__inbox_look(&inbox) == THRUM__INBOX_EMPTY);
}

/* Each takes its first one back, from before others and from between them, one takes the last one, too, and the
 * others what they find. */
static int append_and_take_back(void *arg) {
    intptr_t me = (intptr_t)arg;
    for (int i = 0; i < 2; i++)
        THRUM_EXPLORE_CHECK_THAT(thrum__inbox_push(&inbox, &tasks[2 * me + i]));
    int r = thrum__inbox_remove(&inbox, &tasks[2 * me]);
    THRUM_EXPLORE_CHECK_THAT(r == 1 || r == 0 || r == -EAGAIN);
    if (r == 1)
        take(&tasks[2 * me]);
    if (me == 0 && thrum__inbox_remove(&inbox, &tasks[1]) == 1)
        take(&tasks[1]);
    thrum__task *task = me == 0 ? NULL : thrum__inbox_pop(&inbox);
    if (task)
        take(task);
    return 0;
}

/* One closes it, the others append: what was accepted is there. */
static int accepted;
static int append_or_close(void *arg) {
    intptr_t me = (intptr_t)arg;
    if (me == 0)
        thrum__inbox_close(&inbox);
    else if (thrum__inbox_push(&inbox, &tasks[me]))
        accepted++;
    thrum__task *task = thrum__inbox_pop(&inbox);
    if (task)
        take(task);
    return 0;
}
static void what_was_accepted_is_there(void) {
    for (thrum__task *task; (task = thrum__inbox_pop(&inbox)) != NULL;)
        take(task);
    THRUM_EXPLORE_CHECK_THAT(count_taken(most_tasks) == accepted);
}

/* The pool: others submit while one closes it; and all of that is run. */
static thrum__pool *pool;
static void run(thrum__task *task) {
    take(task);
    done++;
}
static int submit_one(void *arg) {
    intptr_t me = (intptr_t)arg;
    tasks[me].run_ = run;
    THRUM_EXPLORE_CHECK_THAT(thrum__pool_submit(pool, &tasks[me]) == 0);
    return 0;
}
static void end_pool(void) {
    thrum__pool_close(pool);
    THRUM_EXPLORE_CHECK_THAT(thrum__pool_join(pool, THRUM__NEVER) == 0);
    THRUM_EXPLORE_CHECK_THAT(pool->state == THRUM__CLOSED);
}
static void all_are_run(void) {
    end_pool();
    THRUM_EXPLORE_CHECK_THAT(done == parties);
}
static int submit_or_close(void *arg) {
    intptr_t me = (intptr_t)arg;
    if (me == 0) {
        thrum__pool_close(pool);
        return 0;
    }
    tasks[me].run_ = run;
    int r = thrum__pool_submit(pool, &tasks[me]);
    THRUM_EXPLORE_CHECK_THAT(r == 0 || r == THRUM_SHUT_DOWN);
    accepted += r == 0;
    return 0;
}
static void accepted_are_run(void) {
    end_pool();
    THRUM_EXPLORE_CHECK_THAT(done == accepted);
}

/* Two of the tasks wait for each other: both workers are called, whoever is called first. */
static thrum_event here[4], have_met;
static void meet(thrum__task *task) {
    intptr_t me = task - tasks;
    thrum_event_set(&here[me]);
    thrum_event_wait(&here[me ^ 1]);
    run(task);
    if (done % 2 == 0)
        thrum_event_set(&have_met);
}
static void submit_to_meet(intptr_t which) {
    tasks[which].run_ = meet;
    THRUM_EXPLORE_CHECK_THAT(thrum__pool_submit(pool, &tasks[which]) == 0);
}
static int submit_a_meeting(void *arg) {
    intptr_t me = (intptr_t)arg;
    if (me < 2)
        submit_to_meet(me);
    return 0;
}

/* Two, and when they have met two more, for which the workers are woken. */
static int submit_meetings(void *arg) {
    for (intptr_t i = 0; !arg && i < 4; i += 2) {
        thrum_event_clear(&have_met);
        submit_to_meet(i);
        submit_to_meet(i + 1);
        thrum_event_wait(&have_met);
    }
    return 0;
}
static void two_have_met(void) {
    end_pool();
    THRUM_EXPLORE_CHECK_THAT(done == 2);
}
static void four_have_met(void) {
    end_pool();
    THRUM_EXPLORE_CHECK_THAT(done == 4);
}

/* A worker that waits for another task of its pool, which another thread submits. */
static thrum__pool_waiter waiter;
static thrum_event ready;
static void wait_in_pool(thrum__task *task) {
    thrum__wait what = thrum__wait_for(THRUM__KIND_FUTURE, task, NULL, THRUM__NEVER, NULL);
    thrum__pool_waiter_init(&waiter);
    thrum_event_set(&ready);
    THRUM_EXPLORE_CHECK_THAT(thrum__pool_wait(pool, &waiter, &what, THRUM__NEVER) == 0);
    done++;
}
static void wake(thrum__task *task) {
    (void)task;
    thrum__pool_wake(pool, &waiter);
    done++;
}
static int one_waits_for_another(void *arg) {
    intptr_t me = (intptr_t)arg;
    tasks[me].run_ = me == 0 ? wait_in_pool : me == 1 ? wake : run;
    if (me == 1)
        thrum_event_wait(&ready);
    THRUM_EXPLORE_CHECK_THAT(thrum__pool_submit(pool, &tasks[me]) == 0);
    return 0;
}

/* Fork and join in a pool: each root has a group of two tasks, of which one has one of its own. */
typedef struct leaf {
    thrum_task task;
    thrum_task_group *nested; /* NULL: none */
    bool called;
} leaf;
static int call_leaf(thrum_task *task) {
    leaf *l = (leaf *)task;
    leaf inner = {.nested = NULL};
    if (l->nested) {
        thrum_task_group_run_task(l->nested, &inner.task, call_leaf);
        THRUM_EXPLORE_CHECK_THAT(thrum_task_group_wait(l->nested) == 0);
        THRUM_EXPLORE_CHECK_THAT(inner.called);
    }
    l->called = true;
    return 0;
}
static void fork_and_join(thrum__task *task) {
    thrum_task_group group = THRUM_TASK_GROUP_INIT, nested = THRUM_TASK_GROUP_INIT;
    leaf a = {.nested = &nested}, b = {.nested = NULL};
    (void)task;
    thrum_task_group_run_task(&group, &a.task, call_leaf);
    thrum_task_group_run_task(&group, &b.task, call_leaf);
    THRUM_EXPLORE_CHECK_THAT(thrum_task_group_wait(&group) == 0);
    THRUM_EXPLORE_CHECK_THAT(a.called && b.called);
    done++;
}
static int submit_a_root(void *arg) {
    intptr_t me = (intptr_t)arg;
    tasks[me].run_ = fork_and_join;
    THRUM_EXPLORE_CHECK_THAT(thrum__pool_submit(pool, &tasks[me]) == 0);
    return 0;
}

/* The same with a time limit, which may run out at any moment. */
static void fork_and_join_in_time(thrum__task *task) {
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    leaf a = {.nested = NULL}, b = {.nested = NULL};
    (void)task;
    thrum_task_group_run_task(&group, &a.task, call_leaf);
    thrum_task_group_run_task(&group, &b.task, call_leaf);
    int r = thrum_task_group_wait_timed(&group, thrum_milliseconds(1));
    THRUM_EXPLORE_CHECK_THAT(r == 0 || r == THRUM_TIMED_OUT);
    THRUM_EXPLORE_CHECK_THAT(thrum_task_group_wait(&group) == 0);
    THRUM_EXPLORE_CHECK_THAT(a.called && b.called);
    done++;
}
static int submit_a_hasty_root(void *arg) {
    intptr_t me = (intptr_t)arg;
    tasks[me].run_ = fork_and_join_in_time;
    THRUM_EXPLORE_CHECK_THAT(thrum__pool_submit(pool, &tasks[me]) == 0);
    return 0;
}

static const struct scene {
    const char *name;
    thrum_target *target;
    void (*check)(void);
    uint32_t workers; /* 0: without a pool */
    /* Preemptions of the exhaustive search with so many threads beside the workers; 0: by the portfolio only. */
    uint32_t two, three;
} scenes[] = {
    {"deque", owner_and_thieves, the_rest_is_there, 0, 3, 2},
    {"inbox", append_and_take, the_inbox_has_the_rest, 0, 3, 2},
    {"inbox, some are taken back", append_and_take_back, the_inbox_has_the_rest, 0, 3, 2},
    {"inbox, one closes", append_or_close, what_was_accepted_is_there, 0, 3, 2},
    {"each submits one", submit_one, all_are_run, 1, 2, 1},
    {"each submits one, two workers", submit_one, all_are_run, 2, 1, 0},
    {"two meet", submit_a_meeting, two_have_met, 2, 1, 0},
    {"two meet, and two more", submit_meetings, four_have_met, 2, 1, 0},
    {"one closes", submit_or_close, accepted_are_run, 1, 2, 1},
    {"one closes, two workers", submit_or_close, accepted_are_run, 2, 1, 0},
    {"one waits for another", one_waits_for_another, all_are_run, 1, 2, 1},
    {"one waits for another, two workers", one_waits_for_another, all_are_run, 2, 1, 0},
    {"fork and join", submit_a_root, all_are_run, 2, 1, 0},
    {"fork and join in time", submit_a_hasty_root, all_are_run, 2, 1, 0},
};
static const struct scene *scene;

static void body(void *arg) {
    (void)arg;
    memset(taken, 0, sizeof taken);
    accepted = done = 0;
    thrum__inbox_init(&inbox);
    ready = have_met = (thrum_event)THRUM_EVENT_INIT; /* anew: one that was used keeps a mark of it */
    memset(here, 0, sizeof here);
    thrum__pool_options options = {.max_workers = scene->workers, .name_prefix = "worker"};
    if (scene->workers > 0 && thrum__pool_new(&pool, &options) < 0)
        abort();
    crew(parties, scene->target);
    scene->check();
    if (scene->workers > 0)
        pool = thrum__pool_unref(pool);
}

/* AddressSanitizer gives each schedule's pool another address, so that now and then two objects share a queue of the
 * waiting room, and one thread has to wait for a latch where in another schedule it had not. What differs from the
 * schedule that it was to repeat is not explored to its end, and exploration says so. */
#ifdef TEST_ASAN
enum { repeats_itself = false };
#else
enum { repeats_itself = true };
#endif

static void explore(int threads, thrum_explore_options options) {
    thrum_explore_result result;
    parties = threads;
    options.name = scene->name;
    options.grain = THRUM_EXPLORE_ATOMICS;
    options.budget = thrum_seconds(600);
    int r = thrum_explore(body, NULL, &options, &result);
    if (r != 0 || (options.strategy == THRUM_EXPLORE_EXHAUSTIVE && repeats_itself && !result.complete))
        TEST_FAIL("%d: %s", r, result.text);
    printf("# %s, %d threads: %llu schedules\n", scene->name, threads, (unsigned long long)result.schedules);
}

static void explore_all_of(int threads, uint32_t preemptions) {
    if (preemptions > 0)
        explore(threads, (thrum_explore_options){.strategy = THRUM_EXPLORE_EXHAUSTIVE, .preemptions = preemptions});
}

#define EACH_SCENE for (scene = scenes; scene < scenes + sizeof scenes / sizeof scenes[0]; scene++)

TEST(two_threads_exhaustively) {
    EACH_SCENE
    explore_all_of(2, scene->two);
}

TEST(three_threads_exhaustively) {
    EACH_SCENE
    explore_all_of(3, quick ? 0 : scene->three);
}

TEST(portfolio) {
    EACH_SCENE {
        explore(2, (thrum_explore_options){.schedules = TEST_SCHEDULES});
        explore(3, (thrum_explore_options){.schedules = TEST_SCHEDULES});
    }
}

TEST_MAIN()
