/* test_pool_inbox.c - taking back what was submitted to a pool. */
#include "pools.h"

static int count;
static thrum_event begun, gate;

/* Behind one that blocks the only worker: the first, the last, one between, the only one; none is there twice. */
TEST(a_task_can_be_withdrawn_wherever_it_is) {
    static const int orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {1, 2, 0}};
    job blocks, jobs[3];
    for (int o = 0; o < 4; o++) {
        thrum__pool *pool = new_pool(1);
        thrum_event_clear(&gate), thrum_event_clear(&begun);
        submit_job(pool, &blocks, &count, &begun, &gate);
        thrum_event_wait(&begun);
        CHECK(!thrum__pool_withdraw(pool, &blocks.task));
        for (int i = 0; i < 3; i++)
            submit_job(pool, &jobs[i], &count, NULL, NULL);
        if (o % 2)
            thrum__pool_close(pool);
        for (int i = 0; i < 3; i++) {
            CHECK(thrum__pool_withdraw(pool, &jobs[orders[o][i]].task));
            CHECK(!thrum__pool_withdraw(pool, &jobs[orders[o][i]].task));
        }
        CHECK(!thrum__pool_has_tasks(pool));
        if (o % 2 == 0)
            submit_job(pool, &jobs[0], &count, NULL, NULL); /* the list is whole */
        thrum_event_set(&gate);
        end_pool(pool);
    }
    CHECK_EQ(count, 4 + 2);
}

static thrum__pool *shared;

/* Each of a crew submits and takes back, while others append and the worker takes from the front. */
static void withdraws(int index, void *arg) {
    job jobs[3];
    int *run = arg, mine = 0;
    (void)index;
    for (int round = 0; round < 2000; round++) {
        int withdrawn = 0;
        put(&mine, 0);
        for (int i = 0; i < 3; i++)
            submit_job(shared, &jobs[i], &mine, NULL, NULL);
        for (int i = 2; i >= 0; i--)
            withdrawn += thrum__pool_withdraw(shared, &jobs[i].task);
        UNTIL(get(&mine) == 3 - withdrawn);
        add(run, 1);
    }
}
TEST(tasks_are_withdrawn_or_run) {
    crew c = {0};
    shared = new_pool(1);
    crew_start(&c, 3, withdraws, &count);
    crew_join(&c);
    end_pool(shared);
    CHECK_EQ(count, 3 * 2000);
}

TEST_MAIN()
