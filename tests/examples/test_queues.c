/* test_queues.c - the programs about queues. */
#include "run.h"

TEST(worker_finishes_all_items_before_join_returns) {
    char line[128];
    int item = 0, shown;
    CHECK_EQ(run("", "worker", NULL), 0);
    const char *at = output;
    for (; item < 30; item++) {
        CHECK(next_line(&at, line, sizeof line));
        CHECK(sscanf(line, "Working on %d", &shown) == 1 && shown == item);
        CHECK(next_line(&at, line, sizeof line));
        CHECK(sscanf(line, "Finished %d", &shown) == 1 && shown == item);
    }
    CHECK_STR(at, "All work completed: 30 of 30\n");
}

/* Follow one line of the shop: what is put has its producer's next number. Counts what is put and what is got. */
static void check_step(const char *line, int *put, int *got, int *last_put) {
    int person, producer, number;
    if (sscanf(line, "producer-%d put %d.%d", &person, &producer, &number) == 3) {
        CHECK(person >= 1 && person <= 8 && producer == person);
        CHECK_EQ(number, last_put[person] + 1);
        last_put[person] = number;
        ++*put;
        return;
    }
    CHECK_EQ(sscanf(line, "customer-%d got %d.%d", &person, &producer, &number), 3);
    CHECK(person >= 1 && person <= 5 && producer >= 1 && producer <= 8 && number >= 1);
    ++*got;
}

static void check_shop(const char *seconds) {
    char line[128];
    int put = 0, got = 0, last_put[9] = {0}, produced, sold;
    CHECK_EQ(run("", "pc_queue", "--seconds", seconds, NULL), 0);
    for (const char *at = output; next_line(&at, line, sizeof line) && strncmp(line, "closed", 6) != 0;)
        check_step(line, &put, &got, last_put);
    CHECK_EQ(sscanf(line, "closed: %d produced, %d sold", &produced, &sold), 2);
    CHECK_EQ(produced, put);
    CHECK_EQ(sold, got);
    CHECK_EQ(produced, sold); /* closing time leaves nothing on the shelf */
}

TEST(pc_queue_sells_everything_that_is_produced) {
    check_shop("0.5");
    CHECK_GT(count_lines("customer-? got *"), 0);
}

TEST(pc_queue_closes_a_shop_that_has_just_opened) {
    check_shop("0");
}

TEST_MAIN()
