/* Task groups: the promises of thrum/futures/task_group.h. */
#include <errno.h>

#include "pools.h"
#include <thrum/futures/task_group.h>

static int count;
static thrum_event begun, gate;

static int one_more(void *arg) {
    add(arg, 1);
    return 0;
}

TEST(a_group_without_tasks) {
    thrum_task_group group = THRUM_TASK_GROUP_INIT, zero = {0};
    CHECK_EQ(thrum_task_group_wait(&group), 0);
    CHECK_EQ(thrum_task_group_wait(&zero), 0);
    CHECK_EQ(thrum_task_group_wait_timed(&zero, THRUM_NOWAIT), 0);
    CHECK(!thrum_task_group_cancelled(&zero));
}

TEST(wait_waits_for_all) {
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    for (int i = 0; i < 1000; i++)
        CHECK_EQ(thrum_task_group_run(&group, one_more, &count), 0);
    CHECK_EQ(thrum_task_group_wait(&group), 0);
    CHECK_EQ(count, 1000);
}

TEST(a_group_may_be_used_again) {
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    for (int i = 1; i <= 3; i++) {
        CHECK_EQ(thrum_task_group_run(&group, one_more, &count), 0);
        CHECK_EQ(thrum_task_group_wait(&group), 0);
        CHECK_EQ(count, i);
    }
}

typedef struct fib_task {
    thrum_task task;
    int n, result;
} fib_task;

static int fib(thrum_task *task) {
    fib_task *t = (fib_task *)task;
    fib_task a = {.n = t->n - 1}, b = {.n = t->n - 2};
    if (t->n < 2) {
        t->result = t->n;
        return 0;
    }
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    thrum_task_group_run_task(&group, &a.task, fib);
    CHECK_EQ(fib(&b.task), 0);
    CHECK_EQ(thrum_task_group_wait(&group), 0);
    t->result = a.result + b.result;
    return 0;
}

TEST(tasks_wait_for_tasks) {
    fib_task t = {.n = 20};
    CHECK_EQ(fib(&t.task), 0);
    CHECK_EQ(t.result, 6765);
}

static void fib_in_thread(int index, void *arg) {
    fib_task t = {.n = 14 + index};
    static const int right[] = {377, 610, 987, 1597};
    (void)arg;
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(fib(&t.task), 0);
        CHECK_EQ(t.result, right[index]);
    }
}

TEST(several_threads_have_groups) {
    crew c = {0};
    crew_start(&c, 4, fib_in_thread, NULL);
    crew_join(&c);
}

/* In a pool of one's own: the worker that waits is the only one. */
typedef struct root {
    thrum__task task;
    fib_task fib;
} root;
static void run_root(thrum__task *task) {
    root *r = (root *)task;
    CHECK_EQ(fib(&r->fib.task), 0);
    add(&count, 1);
}

TEST(groups_work_in_workers) {
    for (uint32_t workers = 1; workers <= 4; workers++) {
        root roots[3];
        thrum__pool *pool = new_pool(workers);
        put(&count, 0);
        for (int i = 0; i < 3; i++) {
            roots[i] = (root){.task = {.run_ = run_root}, .fib = {.n = 15}};
            CHECK_EQ(thrum__pool_submit(pool, &roots[i].task), 0);
        }
        end_pool(pool);
        CHECK_EQ(count, 3);
        for (int i = 0; i < 3; i++)
            CHECK_EQ(roots[i].fib.result, 610);
    }
}

/* A task of the group runs others in it, which wait waits for too. */
static thrum_task_group shared;
static int run_two_more(void *arg) {
    intptr_t depth = (intptr_t)arg;
    add(&count, 1);
    for (int i = 0; depth > 0 && i < 2; i++)
        CHECK_EQ(thrum_task_group_run(&shared, run_two_more, (void *)(depth - 1)), 0);
    return 0;
}

TEST(tasks_run_tasks_in_their_own_group) {
    for (int i = 0; i < 20; i++) {
        put(&count, 0);
        CHECK_EQ(thrum_task_group_run(&shared, run_two_more, (void *)9), 0);
        CHECK_EQ(thrum_task_group_wait(&shared), 0);
        CHECK_EQ(count, 1023);
    }
}

/* Others count in another place, also for what they run themselves. */
TEST(only_the_owner_counts_for_itself) {
    CHECK_EQ(thrum_task_group_run(&shared, run_two_more, (void *)1), 0);
    UNTIL(__atomic_load_n(&count, __ATOMIC_SEQ_CST) == 3); /* a worker has done it */
    CHECK_EQ(shared.local_, 1);
    CHECK_EQ(thrum_task_group_wait(&shared), 0);
    CHECK_EQ(count, 3);
}

static int fail_with(void *arg) {
    add(&count, 1);
    return (int)(intptr_t)arg;
}

/* Who is in no pool is a guest of one while the group has tasks. */
TEST(a_guest_leaves) {
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    CHECK(!thrum__worker_self);
    CHECK_EQ(thrum_task_group_run(&group, one_more, &count), 0);
    CHECK(thrum__worker_self);
    CHECK_EQ(thrum_task_group_wait(&group), 0);
    CHECK(!thrum__worker_self);
    CHECK_EQ(thrum_task_group_run(&group, one_more, &count), 0);
    UNTIL(__atomic_load_n(&group.remote_, __ATOMIC_SEQ_CST) != 0); /* a worker has done it */
    CHECK_EQ(thrum_task_group_wait(&group), 0);
    CHECK(!thrum__worker_self);
}

TEST(wait_returns_the_first_code_and_cancels) {
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    CHECK_EQ(thrum_task_group_run(&group, fail_with, (void *)(intptr_t)-EIO), 0);
    UNTIL(thrum_task_group_cancelled(&group)); /* by a worker */
    CHECK_EQ(thrum_task_group_run(&group, fail_with, (void *)(intptr_t)-EPERM), 0);
    thrum_task_group_cancel(&group); /* changes nothing */
    CHECK_EQ(thrum_task_group_wait(&group), -EIO);
    CHECK_EQ(count, 1);
    CHECK(!thrum_task_group_cancelled(&group));
    CHECK_EQ(thrum_task_group_run(&group, fail_with, (void *)(intptr_t)-EPERM), 0);
    CHECK_EQ(thrum_task_group_wait(&group), -EPERM);
}

TEST(what_is_positive_is_no_error) {
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    CHECK_EQ(thrum_task_group_run(&group, fail_with, (void *)7), 0);
    CHECK_EQ(thrum_task_group_wait(&group), 0);
}

static int one_more_task(thrum_task *task) {
    (void)task;
    add(&count, 1);
    return 0;
}

TEST(a_cancelled_group_calls_nothing) {
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    thrum_task task;
    thrum_task_group_cancel(&group);
    CHECK(thrum_task_group_cancelled(&group));
    CHECK_EQ(thrum_task_group_run(&group, one_more, &count), 0);
    thrum_task_group_run_task(&group, &task, one_more_task);
    CHECK_EQ(thrum_task_group_wait(&group), THRUM_CANCELLED);
    CHECK_EQ(count, 0);
    CHECK_EQ(thrum_task_group_run(&group, one_more, &count), 0);
    CHECK_EQ(thrum_task_group_wait(&group), 0);
    CHECK_EQ(count, 1);
}

/* The task is begun by a worker, for the owner does not wait yet. */
static int pass_the_gate(void *arg) {
    thrum_event_set(&begun);
    thrum_event_wait(&gate);
    add(arg, 1);
    return 0;
}

TEST(a_worker_comes_before_the_wait) {
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    CHECK_EQ(thrum_task_group_run(&group, pass_the_gate, &count), 0);
    thrum_event_wait(&begun);
    CHECK_EQ(count, 0);
    thrum_event_set(&gate);
    CHECK_EQ(thrum_task_group_wait(&group), 0);
    CHECK_EQ(count, 1);
}

/* A worker looks around once more when it has said that it lies down, and may find then what nobody has called it
 * for: but not each time. */
TEST(a_worker_is_called_for_every_task) {
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(thrum_task_group_run(&group, one_more, &count), 0);
        UNTIL(__atomic_load_n(&count, __ATOMIC_SEQ_CST) == 2 * i + 1);
        until_asleep(group.pool_, 1);
        CHECK_EQ(thrum_task_group_run(&group, pass_the_gate, &count), 0);
        thrum_event_wait(&begun);
        thrum_event_set(&gate);
        CHECK_EQ(thrum_task_group_wait(&group), 0);
        CHECK_EQ(count, 2 * i + 2);
        until_asleep(group.pool_, 1); /* so that no other is started for the next */
        thrum_event_clear(&begun);
        thrum_event_clear(&gate);
    }
}

TEST(a_wait_has_a_limit) {
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    CHECK_EQ(thrum_task_group_run(&group, pass_the_gate, &count), 0);
    thrum_event_wait(&begun);
    CHECK_EQ(thrum_task_group_wait_timed(&group, THRUM_NOWAIT), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_task_group_wait_timed(&group, TINY), THRUM_TIMED_OUT);
    CHECK_EQ(thrum_task_group_wait_timed(&group, thrum_nanoseconds(-1)), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_task_group_wait_timed(&group, thrum_nanoseconds(THRUM_TIMEOUT_MAX.ns + 1)), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(thrum_task_group_run(&group, one_more, &count), 0); /* as before */
    thrum_event_set(&gate);
    CHECK_EQ(thrum_task_group_wait_timed(&group, AGES), 0);
    CHECK_EQ(count, 2);
}

static int fail_and_open(void *arg) {
    thrum_event_set(&gate);
    return (int)(intptr_t)arg;
}

TEST(the_owners_own_task_fails) {
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    CHECK_EQ(thrum_task_group_run(&group, pass_the_gate, &count), 0);
    thrum_event_wait(&begun); /* a worker is busy */
    CHECK_EQ(thrum_task_group_run(&group, one_more, &count), 0);
    CHECK_EQ(thrum_task_group_run(&group, fail_and_open, (void *)(intptr_t)-EIO), 0);
    CHECK_EQ(thrum_task_group_wait(&group), -EIO);
    CHECK_GE(count, 1);
}

static void open_the_gate(int index, void *arg) {
    (void)index;
    thrum_task_group *group = arg;
    UNTIL(__atomic_load_n(&group->remote_, __ATOMIC_SEQ_CST) & 1); /* the owner waits for others */
    thrum_event_set(&gate);
}

TEST(who_waits_for_others_is_woken) {
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    crew c = {0};
    CHECK_EQ(thrum_task_group_run(&group, pass_the_gate, &count), 0);
    thrum_event_wait(&begun);
    crew_start(&c, 1, open_the_gate, &group);
    CHECK_EQ(thrum_task_group_wait(&group), 0);
    CHECK_EQ(count, 1);
    crew_join(&c);
}

/* Two groups, waited for in the order in which they were begun: what is put aside stays within reach. */
TEST(groups_need_not_be_nested) {
    for (int i = 0; i < 100; i++) {
        thrum_task_group a = THRUM_TASK_GROUP_INIT, b = THRUM_TASK_GROUP_INIT;
        put(&count, 0);
        for (int k = 0; k < 10; k++) {
            CHECK_EQ(thrum_task_group_run(&a, one_more, &count), 0);
            CHECK_EQ(thrum_task_group_run(&b, one_more, &count), 0);
        }
        CHECK_EQ(thrum_task_group_wait(&a), 0);
        CHECK_EQ(thrum_task_group_wait(&b), 0);
        CHECK_EQ(count, 20);
    }
}

TEST(a_child_of_a_fork_has_groups) {
    if (TEST_TSAN)
        TEST_SKIP("ThreadSanitizer does not allow threads in the child of a fork");
    fib_task t = {.n = 15};
    CHECK_EQ(fib(&t.task), 0);
    pid_t pid = fork();
    CHECK_GE(pid, 0);
    if (pid == 0) {
        t.result = 0;
        CHECK_EQ(fib(&t.task), 0);
        CHECK_EQ(t.result, 610);
        exit(5);
    }
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(WEXITSTATUS(status), 5);
}

static void use_a_group_late(void *arg) {
    fib_task t = {.n = 15};
    (void)arg;
    CHECK_EQ(fib(&t.task), 0);
    CHECK_EQ(t.result, 610);
}

TEST(groups_work_while_the_process_ends) {
    fib_task t = {.n = 15};
    CHECK_EQ(thrum_register_atexit(use_a_group_late, NULL), 0);
    CHECK_EQ(fib(&t.task), 0);
}

TEST_MAIN()
