/* The pool of threads behind executors and groups: section 6.3 of the specification, and what executors need of it.
 * */
#include <errno.h>

#include "pools.h"

static int count;
static thrum_event begun, gate, second;

TEST(no_workers_is_a_value_error) {
    thrum__pool *pool = NULL;
    CHECK_EQ(thrum__pool_new(&pool, &(thrum__pool_options){.name_prefix = "p"}), THRUM_VALUE_ERROR);
    CHECK(!pool);
}

TEST(a_pool_without_tasks_has_no_threads) {
    thrum__pool *pool = new_pool(4);
    CHECK_EQ(thrum__pool_started(pool), 0);
    CHECK_EQ(thrum_active_count(), 1);
    end_pool(pool);
}

TEST(tasks_are_run_in_order) {
    enum { n = 1000 };
    static job jobs[n];
    thrum__pool *pool = new_pool(1);
    for (int i = 0; i < n; i++)
        submit_job(pool, &jobs[i], &count, NULL, NULL);
    end_pool(pool);
    CHECK_EQ(count, n);
    for (int i = 0; i < n; i++)
        CHECK_EQ(jobs[i].order, i);
}

TEST(a_thread_is_started_when_none_is_idle) {
    job jobs[4];
    thrum__pool *pool = new_pool(3);
    for (int i = 0; i < 4; i++) {
        submit_job(pool, &jobs[i], &count, NULL, &gate);
        CHECK_EQ(thrum__pool_started(pool), i < 3 ? i + 1 : 3);
    }
    thrum_event_set(&gate);
    end_pool(pool);
    CHECK_EQ(count, 4);
}

TEST(an_idle_thread_is_used_again) {
    job j;
    thrum__pool *pool = new_pool(4);
    for (int i = 1; i <= 50; i++) {
        submit_job(pool, &j, &count, NULL, NULL);
        UNTIL(get(&count) == i);
        UNTIL(thrum__pool_idle(pool) == 1);
    }
    CHECK_EQ(thrum__pool_started(pool), 1);
    end_pool(pool);
}

TEST(a_sleeping_thread_is_woken_by_a_task) {
    job j;
    thrum__pool *pool = new_pool(1);
    for (int i = 1; i <= 3; i++) {
        submit_job(pool, &j, &count, NULL, NULL);
        UNTIL(get(&count) == i);
        until_asleep(pool, 1);
    }
    end_pool(pool);
}

/* Two tasks for one idle worker: the second needs a thread of its own, though that worker sleeps still. */
TEST(a_worker_is_idle_for_one_task) {
    job first, a, b;
    thrum__pool *pool = new_pool(4);
    submit_job(pool, &first, &count, NULL, NULL);
    until_asleep(pool, 1);
    submit_job(pool, &a, &count, NULL, &gate);
    CHECK_EQ(thrum__pool_started(pool), 1);
    submit_job(pool, &b, &count, NULL, &gate);
    CHECK_EQ(thrum__pool_started(pool), 2);
    thrum_event_set(&gate);
    end_pool(pool);
    CHECK_EQ(count, 3);
}

static void settle_and_run(thrum__task *task) {
    thrum__pool_settle();
    thrum__pool_settle(); /* counts once */
    run_job(task);
}

TEST(a_worker_that_has_settled_is_idle) {
    job a = {.task = {.run_ = settle_and_run}, .begun = &begun, .gate = &gate, .count = &count}, b;
    thrum__pool *pool = new_pool(4);
    CHECK_EQ(thrum__pool_submit(pool, &a.task), 0);
    thrum_event_wait(&begun);
    CHECK_EQ(thrum__pool_idle(pool), 1);
    submit_job(pool, &b, &count, NULL, NULL);
    CHECK_EQ(thrum__pool_started(pool), 1);
    thrum_event_set(&gate);
    UNTIL(get(&count) == 2);
    UNTIL(thrum__pool_idle(pool) == 1);
    end_pool(pool);
}

TEST(settling_outside_a_pool_does_nothing) {
    thrum__pool_settle();
    CHECK(!thrum__pool_of_caller());
}

static char seen_name[32];
static thrum__pool *seen_pool;

static void look_at_self(thrum__task *task) {
    snprintf(seen_name, sizeof seen_name, "%s", thrum_thread_name(thrum_current_thread()));
    seen_pool = thrum__pool_of_caller();
    run_job(task);
}

TEST(workers_have_names) {
    job j = {.task = {.run_ = look_at_self}, .count = &count};
    thrum__pool *pool = NULL;
    CHECK_EQ(thrum__pool_new(&pool, &(thrum__pool_options){.max_workers = 1, .name_prefix = "digest"}), 0);
    CHECK_EQ(thrum__pool_submit(pool, &j.task), 0);
    UNTIL(get(&count) == 1);
    CHECK_STR(seen_name, "digest_0");
    CHECK(seen_pool == pool);
    end_pool(pool);
}

TEST(a_closed_pool_refuses_and_finishes) {
    job a, b, c = {.task = {.run_ = run_job}, .count = &count};
    thrum__pool *pool = new_pool(1);
    submit_job(pool, &a, &count, &begun, &gate);
    submit_job(pool, &b, &count, NULL, NULL);
    thrum_event_wait(&begun);
    thrum__pool_close(pool);
    thrum__pool_close(pool);
    CHECK(thrum__pool_is_closed(pool));
    CHECK_EQ(thrum__pool_submit(pool, &c.task), THRUM_SHUT_DOWN);
    CHECK_EQ(thrum__pool_join(pool, thrum_monotonic_ns() + 1000000), THRUM_TIMED_OUT);
    thrum_event_set(&gate);
    CHECK_EQ(thrum__pool_join(pool, THRUM__NEVER), 0);
    CHECK_EQ(count, 2);
    thrum__pool_unref(pool);
}

TEST(a_pool_that_sleeps_can_be_closed) {
    job jobs[3];
    thrum__pool *pool = new_pool(3);
    for (int i = 0; i < 3; i++)
        submit_job(pool, &jobs[i], &count, NULL, &gate);
    thrum_event_set(&gate);
    until_asleep(pool, 3);
    end_pool(pool);
    CHECK_EQ(thrum_active_count(), 1);
}

static int freed;
static void note_freed(void *arg) {
    add(arg, 1);
}

TEST(the_last_one_frees) {
    job j;
    thrum__pool *pool = NULL;
    CHECK_EQ(thrum__pool_new(
                 &pool,
                 &(thrum__pool_options){.max_workers = 1, .name_prefix = "p", .on_free = note_freed, .arg = &freed}),
             0);
    submit_job(pool, &j, &count, &begun, &gate);
    thrum_event_wait(&begun);
    thrum__pool_close(pool);
    thrum__pool_unref(thrum__pool_ref(pool));
    CHECK(!thrum__pool_unref(pool));
    CHECK_EQ(get(&freed), 0); /* the worker has it still */
    thrum_event_set(&gate);
    UNTIL(get(&freed) == 1);
    CHECK(!thrum__pool_unref(NULL));
}

TEST(what_has_not_begun_can_be_taken) {
    job a, jobs[3];
    thrum__pool *pool = new_pool(1);
    submit_job(pool, &a, &count, &begun, &gate);
    thrum_event_wait(&begun);
    for (int i = 0; i < 3; i++)
        submit_job(pool, &jobs[i], &count, NULL, NULL);
    thrum__task *task = thrum__pool_take_all(pool);
    for (int i = 0; i < 3; i++, task = task->next_)
        CHECK(task == &jobs[i].task);
    CHECK(!task);
    CHECK(!thrum__pool_take_all(pool));
    thrum_event_set(&gate);
    end_pool(pool);
    CHECK_EQ(count, 1);
}

static int fail_to_start(void *arg) {
    (void)arg;
    thrum_event_wait(&gate);
    return -EIO;
}
static thrum__pool *breaking;
static int broken_code;
static thrum__task *left;
static void note_broken(void *arg, int code) {
    (void)arg;
    broken_code = code;
    left = thrum__pool_take_all(breaking);
    thrum_event_set(&begun);
}

TEST(an_initializer_that_fails_breaks_the_pool) {
    job a, b, c = {.task = {.run_ = run_job}, .count = &count};
    thrum__pool_options options = {
        .max_workers = 1, .name_prefix = "p", .on_start = fail_to_start, .on_broken = note_broken};
    CHECK_EQ(thrum__pool_new(&breaking, &options), 0);
    submit_job(breaking, &a, &count, NULL, NULL);
    submit_job(breaking, &b, &count, NULL, NULL);
    thrum_event_set(&gate);
    thrum_event_wait(&begun);
    CHECK_EQ(broken_code, -EIO);
    CHECK(left == &a.task && left->next_ == &b.task && !left->next_->next_);
    CHECK_EQ(thrum__pool_submit(breaking, &c.task), -EIO);
    end_pool(breaking);
    CHECK_EQ(count, 0);
}

static int note_start(void *arg) {
    add(arg, 1);
    return 0;
}

TEST(the_initializer_runs_in_each_worker_before_its_tasks) {
    static int starts;
    job jobs[3];
    thrum__pool *pool = NULL;
    thrum__pool_options options = {.max_workers = 3, .name_prefix = "p", .on_start = note_start, .arg = &starts};
    CHECK_EQ(thrum__pool_new(&pool, &options), 0);
    for (int i = 0; i < 3; i++)
        submit_job(pool, &jobs[i], &count, NULL, &gate);
    thrum_event_set(&gate);
    end_pool(pool);
    CHECK_EQ(starts, 3);
}

static thrum__pool *own;
static int join_result;
static thrum_event joins;
static void join_own_pool(thrum__task *task) {
    thrum_event_set(&joins);
    thrum_event_wait(&second);
    thrum__pool_close(own);
    join_result = thrum__pool_join(own, THRUM__NEVER);
    run_job(task);
}

/* Nor does it wait for the others first, which may wait for it. */
TEST(a_worker_cannot_join_itself) {
    job j = {.task = {.run_ = join_own_pool}, .count = &count}, other;
    own = new_pool(2);
    CHECK_EQ(thrum__pool_submit(own, &j.task), 0);
    thrum_event_wait(&joins); /* by the first worker; the second, the newest, is not to be waited for */
    submit_job(own, &other, &count, &begun, &gate);
    thrum_event_wait(&begun);
    thrum_event_set(&second);
    UNTIL(get(&count) == 1);
    CHECK_EQ(join_result, THRUM_RUNTIME_ERROR);
    thrum_event_set(&gate);
    end_pool(own);
}

static void visit(thrum_thread *thread, void *arg) {
    CHECK_STR(thrum_thread_name(thread), "p_0");
    add(arg, 1);
}

TEST(who_is_busy_is_known) {
    int busy = 0;
    job j;
    thrum__pool *pool = new_pool(2);
    submit_job(pool, &j, &count, &begun, &gate);
    thrum_event_wait(&begun);
    thrum__pool_each_busy(pool, visit, &busy);
    CHECK_EQ(busy, 1);
    thrum_event_set(&gate);
    until_asleep(pool, 1);
    thrum__pool_each_busy(pool, visit, &busy);
    CHECK_EQ(busy, 1);
    end_pool(pool);
}

/* A task that waits, in its pool's only worker, for another of the pool. */
typedef struct waiting_job {
    thrum__task task;
    thrum__pool *pool;
    thrum__pool_waiter waiter;
    int result;
} waiting_job;

static waiting_job waiting;
static void wait_in_pool(thrum__task *task) {
    waiting_job *j = (waiting_job *)task;
    thrum__wait what = thrum__wait_for(THRUM__KIND_FUTURE, j, NULL, THRUM__NEVER, NULL);
    thrum__pool_waiter_init(&j->waiter);
    thrum_event_set(&begun);
    thrum_event_wait(&second);
    j->result = thrum__pool_wait(j->pool, &j->waiter, &what, THRUM__NEVER);
    add(&count, 1);
}
static void wake_the_other(thrum__task *task) {
    (void)task;
    thrum__pool_wake(waiting.pool, &waiting.waiter);
}

TEST(a_worker_that_waits_works) {
    thrum__task other = {.run_ = wake_the_other};
    waiting = (waiting_job){.task = {.run_ = wait_in_pool}, .pool = new_pool(1), .result = 1};
    CHECK_EQ(thrum__pool_submit(waiting.pool, &waiting.task), 0);
    thrum_event_wait(&begun);
    CHECK_EQ(thrum__pool_submit(waiting.pool, &other), 0); /* before it waits */
    thrum_event_set(&second);
    end_pool(waiting.pool);
    CHECK_EQ(waiting.result, 0);
    CHECK_EQ(count, 1);
}

TEST(a_worker_that_sleeps_in_a_wait_is_woken_for_work) {
    thrum__task other = {.run_ = wake_the_other};
    waiting = (waiting_job){.task = {.run_ = wait_in_pool}, .pool = new_pool(1), .result = 1};
    thrum_event_set(&second);
    CHECK_EQ(thrum__pool_submit(waiting.pool, &waiting.task), 0);
    until_asleep(waiting.pool, 1);
    CHECK_EQ(thrum__pool_submit(waiting.pool, &other), 0);
    end_pool(waiting.pool);
    CHECK_EQ(waiting.result, 0);
}

TEST(a_wait_in_a_pool_is_ended_from_outside) {
    waiting = (waiting_job){.task = {.run_ = wait_in_pool}, .pool = new_pool(1), .result = 1};
    thrum_event_set(&second);
    CHECK_EQ(thrum__pool_submit(waiting.pool, &waiting.task), 0);
    until_asleep(waiting.pool, 1);
    thrum__pool_wake(waiting.pool, &waiting.waiter);
    UNTIL(get(&count) == 1);
    end_pool(waiting.pool);
    CHECK_EQ(waiting.result, 0);
}

TEST(a_wait_in_a_pool_has_a_limit) {
    thrum__pool *pool = new_pool(1);
    thrum__pool_waiter waiter;
    thrum__pool_waiter_init(&waiter);
    int64_t deadline = thrum_monotonic_ns() + 2000000;
    thrum__wait what = thrum__wait_for(THRUM__KIND_FUTURE, pool, NULL, deadline, NULL);
    CHECK_EQ(thrum__pool_wait(pool, &waiter, &what, deadline), THRUM_TIMED_OUT);
    CHECK_GE(thrum_monotonic_ns(), deadline);
    CHECK_EQ(THRUM__COUNT_SLEEPING(pool->state), 0);
    CHECK_EQ(THRUM__COUNT_SEARCHING(pool->state), 0);
    end_pool(pool);
}

/* Many submit at once, to a pool that grows, sleeps and wakes. */
enum { submitters = 4, each = 2000 };
static job crowd[submitters][each];
static thrum__pool *crowded;
static void submit_many(int index, void *arg) {
    (void)arg;
    for (int i = 0; i < each; i++) {
        submit_job(crowded, &crowd[index][i], &count, NULL, NULL);
        if (i % 500 == 0)
            UNTIL(get(&count) > 0);
    }
}

TEST(no_task_is_lost) {
    crew c = {0};
    crowded = new_pool(3);
    crew_start(&c, submitters, submit_many, NULL);
    crew_join(&c);
    UNTIL(get(&count) == submitters * each);
    until_asleep(crowded, thrum__pool_started(crowded));
    end_pool(crowded);
}

static void close_while_others_submit(int index, void *arg) {
    static job jobs[3][500];
    int *accepted = arg;
    if (index == 0) {
        UNTIL(get(&count) > 100);
        thrum__pool_close(crowded);
        return;
    }
    for (int i = 0; i < 500; i++) {
        job *j = &jobs[index - 1][i];
        *j = (job){.task = {.run_ = run_job}, .count = &count};
        int r = thrum__pool_submit(crowded, &j->task);
        CHECK(r == 0 || r == THRUM_SHUT_DOWN);
        add(accepted, r == 0);
    }
}

TEST(what_was_accepted_is_run) {
    int accepted = 0;
    crew c = {0};
    crowded = new_pool(2);
    crew_start(&c, 4, close_while_others_submit, &accepted);
    crew_join(&c);
    end_pool(crowded);
    CHECK_EQ(count, accepted);
}

/* The end of the process: what is queued is done. */
static int report_fd;
static void report(thrum__task *task) {
    (void)task;
    CHECK_EQ(write(report_fd, ".", 1), 1);
}

TEST(exit_runs_what_is_queued) {
    static thrum__task tasks[3];
    char text[8];
    int fds[2];
    CHECK_EQ(pipe(fds), 0);
    pid_t pid = fork();
    CHECK_GE(pid, 0);
    if (pid == 0) {
        report_fd = fds[1];
        thrum__pool *pool = new_pool(1);
        for (int i = 0; i < 3; i++) {
            tasks[i].run_ = report;
            CHECK_EQ(thrum__pool_submit(pool, &tasks[i]), 0);
        }
        exit(0);
    }
    close(fds[1]);
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
    CHECK_EQ(read(fds[0], text, sizeof text), 3);
}

static thrum__pool *late;
static void submit_late(void *arg) {
    static job j = {.task = {.run_ = run_job}, .count = &count};
    (void)arg;
    CHECK(thrum__pools_are_over());
    CHECK_EQ(thrum__pool_submit(late, &j.task), THRUM_SHUT_DOWN);
    late = new_pool(1);
    CHECK_EQ(thrum__pool_submit(late, &j.task), THRUM_SHUT_DOWN);
    _exit(7);
}

TEST(nothing_can_be_submitted_after_the_end_began) {
    pid_t pid = fork();
    CHECK_GE(pid, 0);
    if (pid == 0) {
        CHECK(!thrum__pools_are_over());
        CHECK_EQ(thrum_register_atexit(submit_late, NULL), 0); /* before the pool's, so it is called after that */
        late = new_pool(1);
        exit(0);
    }
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(WEXITSTATUS(status), 7);
}

TEST(a_child_of_a_fork_has_a_pool_without_workers_and_tasks) {
    if (TEST_TSAN)
        TEST_SKIP("ThreadSanitizer does not allow threads in the child of a fork");
    job a, b, c;
    thrum__pool *pool = new_pool(2);
    submit_job(pool, &a, &count, &begun, &gate);
    thrum_event_wait(&begun);
    submit_job(pool, &b, &count, NULL, &gate);
    submit_job(pool, &c, &count, NULL, NULL);
    pid_t pid = fork();
    CHECK_GE(pid, 0);
    if (pid == 0) {
        int mine = 0;
        CHECK_EQ(thrum__pool_started(pool), 0);
        CHECK(!thrum__pool_take_all(pool));
        submit_job(pool, &c, &mine, NULL, NULL);
        end_pool(pool);
        CHECK_EQ(mine, 1);
        exit(9);
    }
    int status;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(WEXITSTATUS(status), 9);
    thrum_event_set(&gate);
    end_pool(pool);
    CHECK_EQ(count, 3);
}

TEST_MAIN()
