/* Pools and groups when memory is short and threads cannot be had. */
#include "fault.h"
#include "pools.h"
#include <thrum/futures/task_group.h>

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *arg) {
    return fault_here("pthread_create", EAGAIN) ? EAGAIN : __real_pthread_create(thread, attributes, body, arg);
}

static int count;
static thrum_event begun, gate;

/* What the library keeps: its exit function, records. */
static long settled_blocks(void) {
    job j;
    thrum__pool *pool = new_pool(1);
    int own = 0;
    submit_job(pool, &j, &own, NULL, NULL);
    end_pool(pool);
    return fault_live();
}

TEST(making_a_pool) {
    long before = settled_blocks();
    for (size_t n = 1;; n++) {
        thrum__pool *pool = NULL;
        fault_arm(n);
        int r = thrum__pool_new(&pool, &(thrum__pool_options){.max_workers = 2, .name_prefix = "p"});
        if (!fault_disarm()) {
            CHECK_GT(n, 2);
            thrum__pool_unref(pool);
            break;
        }
        CHECK_EQ(r, -ENOMEM);
        CHECK(!pool);
    }
    CHECK_EQ(fault_live(), before);
}

TEST(the_first_pool_needs_the_exit_function) {
    for (size_t n = 1;; n++) {
        thrum__pool *pool = NULL;
        fault_arm(n);
        int r = thrum__pool_new(&pool, &(thrum__pool_options){.max_workers = 2, .name_prefix = "p"});
        if (!fault_disarm()) {
            CHECK_GT(n, 3);
            thrum__pool_unref(pool);
            break;
        }
        CHECK_EQ(r, -ENOMEM);
    }
}

/* Without any worker a task is refused, and the pool is as before: the next attempt works. */
TEST(the_first_worker) {
    long before = settled_blocks();
    for (size_t n = 1;; n++) {
        job j = {.task = {.run_ = run_job}, .count = &count};
        thrum__pool *pool = new_pool(2);
        put(&count, 0);
        fault_arm(n);
        int r = thrum__pool_submit(pool, &j.task);
        bool failed = fault_disarm();
        if (failed) {
            CHECK(r == -ENOMEM || r == -EAGAIN);
            CHECK_EQ(thrum__pool_started(pool), 0);
            CHECK_EQ(thrum__pool_submit(pool, &j.task), 0);
        } else {
            CHECK_EQ(r, 0);
        }
        end_pool(pool);
        CHECK_EQ(count, 1);
        if (!failed) {
            CHECK_GT(n, 3);
            break;
        }
    }
    CHECK_EQ(fault_live(), before);
}

/* With one worker, that one will come to it. */
TEST(another_worker) {
    for (size_t n = 1;; n++) {
        job a, b;
        thrum__pool *pool = new_pool(3);
        put(&count, 0);
        thrum_event_clear(&begun);
        thrum_event_clear(&gate);
        submit_job(pool, &a, &count, &begun, &gate);
        thrum_event_wait(&begun);
        fault_arm(n);
        submit_job(pool, &b, &count, NULL, NULL);
        bool failed = fault_disarm();
        CHECK_EQ(thrum__pool_started(pool), failed ? 1 : 2);
        thrum_event_set(&gate);
        UNTIL(get(&count) == 2);
        UNTIL(thrum__pool_idle(pool) == thrum__pool_started(pool)); /* the books are right */
        end_pool(pool);
        if (!failed) {
            CHECK_GT(n, 3);
            break;
        }
    }
}

typedef struct sum_task {
    thrum_task task;
    int from, to, sum;
} sum_task;

static int add_up(thrum_task *task) {
    sum_task *t = (sum_task *)task;
    if (t->to - t->from == 1) {
        t->sum = t->from;
        return 0;
    }
    int middle = t->from + (t->to - t->from) / 2;
    sum_task left = {.from = t->from, .to = middle}, right = {.from = middle, .to = t->to};
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    thrum_task_group_run_task(&group, &left.task, add_up);
    thrum_task_group_run_task(&group, &right.task, add_up);
    CHECK_EQ(thrum_task_group_wait(&group), 0);
    t->sum = left.sum + right.sum;
    return 0;
}

/* Whatever fails, the tasks are done. */
TEST(a_group_needs_nothing) {
    for (size_t n = 1; n < 40; n++) {
        pid_t pid = fork(); /* each with a pool that is to be made */
        CHECK_GE(pid, 0);
        if (pid == 0) {
            sum_task all = {.from = 0, .to = 100};
            fault_arm_everywhere(n);
            CHECK_EQ(add_up(&all.task), 0);
            bool failed = fault_disarm();
            CHECK_EQ(all.sum, 4950);
            CHECK(failed || n > 5);
            exit(0);
        }
        int status;
        CHECK_EQ(waitpid(pid, &status, 0), pid);
        CHECK_EQ(status, 0);
    }
}

static int one_more(void *arg) {
    add(arg, 1);
    return 0;
}

TEST(a_task_with_memory_of_its_own) {
    thrum_task_group group = THRUM_TASK_GROUP_INIT;
    CHECK_EQ(thrum_task_group_run(&group, one_more, &count), 0);
    CHECK_EQ(thrum_task_group_wait(&group), 0);
    long before = fault_live();
    fault_arm(1);
    CHECK_EQ(thrum_task_group_run(&group, one_more, &count), -ENOMEM);
    CHECK(fault_disarm());
    CHECK_EQ(thrum_task_group_wait(&group), 0);
    CHECK_EQ(count, 1);
    thrum_task_group_cancel(&group);
    CHECK_EQ(thrum_task_group_run(&group, one_more, &count), 0); /* its memory is given back though it is not run */
    CHECK_EQ(thrum_task_group_wait(&group), THRUM_CANCELLED);
    CHECK_EQ(count, 1);
    CHECK_EQ(fault_live(), before);
}

TEST_MAIN()
