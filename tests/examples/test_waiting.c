/* test_waiting.c - the programs about semaphores, events, conditions, timers and barriers. */
#include "run.h"

/* One step of the shop: the level goes up by one for a producer, down by one for a customer, and is drawn as dots. */
static int check_step(const char *line, int before) {
    char role[16] = "";
    int person, level, dots = 0;
    CHECK_EQ(sscanf(line, "%15[a-z]-%d %d %n", role, &person, &level, &dots), 3);
    bool producer = strcmp(role, "producer") == 0;
    if (!producer)
        CHECK_STR(role, "customer");
    CHECK_GE(person, 1);
    CHECK_LE(person, producer ? 8 : 5);
    CHECK_EQ(level, before + (producer ? 1 : -1));
    CHECK_GE(level, 0);
    CHECK_LE(level, 13);
    CHECK_EQ(strspn(line + dots, "."), level);
    CHECK_EQ(strlen(line + dots), level);
    return level;
}

TEST(producers_and_customers_keep_the_shelf_between_0_and_13) {
    char line[128];
    int level = 0, steps = 0, produced, sold, left;
    CHECK_EQ(run("", "producers_and_customers", "--seconds", "1", NULL), 0);
    for (const char *at = output; next_line(&at, line, sizeof line) && strncmp(line, "closed", 6) != 0; steps++)
        level = check_step(line, level);
    CHECK_EQ(sscanf(line, "closed: %d produced, %d sold, %d on the shelf", &produced, &sold, &left), 3);
    CHECK_EQ(left, level);
    CHECK_EQ(produced + sold, steps);
    CHECK_EQ(produced - sold, left);
    CHECK_GT(steps, 0);
}

TEST(producers_and_customers_close_a_shop_that_has_just_opened) {
    CHECK_EQ(run("", "producers_and_customers", "--seconds", "0", NULL), 0);
    CHECK_EQ(count_lines("closed: * produced, * sold, * on the shelf"), 1);
}

TEST(sema_signal_delivers_after_the_item_is_ready) {
    CHECK_EQ(run("", "sema_signal", NULL), 0);
    check_order("producer: item 42 is ready\n", "consumer: got item 42\n");
    check_order("consumer: waiting for an item\n", "consumer: got item 42\n");
    CHECK_EQ(count_lines("*"), 3);
}

TEST(wait4parent_lets_children_go_after_the_parent_said_so) {
    CHECK_EQ(run("", "wait4parent", NULL), 0);
    check_order("early child: waiting for my parent\n", "early child: my parent said \"you may go out and play\"\n");
    check_order("parent: go\n", "early child: my parent said");
    check_order("early child: my parent said", "late child: waiting for my parent\n");
    check_order("late child: waiting", "late child: my parent said \"you may go out and play\"\n");
    CHECK_EQ(count_lines("*"), 5);
}

TEST(event_barrier_shows_nobody_an_unfinished_table) {
    CHECK_EQ(run("", "event_barrier", NULL), 0);
    for (int i = 1; i <= 4; i++) {
        char line[64];
        snprintf(line, sizeof line, "worker %d: %d * %d = %d\n", i, i, i, i * i);
        check_order("initialiser: the table is ready\n", line);
    }
    CHECK_EQ(count_lines("worker ?: waits for the table"), 4);
    CHECK_EQ(count_lines("*"), 9);
}

TEST(event_notify_returns_each_item_processed) {
    CHECK_EQ(run("", "event_notify", NULL), 0);
    CHECK_STR(output, "producer: item 1, please\nconsumer: working on item 1\nproducer: item 1 came back as 100\n"
                      "producer: item 2, please\nconsumer: working on item 2\nproducer: item 2 came back as 200\n"
                      "producer: item 3, please\nconsumer: working on item 3\nproducer: item 3 came back as 300\n");
}

TEST(cond_consumes_each_item_once_and_in_order) {
    CHECK_EQ(run("", "cond", NULL), 0);
    for (int i = 1; i <= 8; i++) {
        char produced[32], consumed[32], next[32];
        snprintf(produced, sizeof produced, "produced %d\n", i);
        snprintf(consumed, sizeof consumed, "consumed %d, ", i);
        snprintf(next, sizeof next, "consumed %d, ", i + 1);
        check_order(produced, consumed);
        if (i < 8)
            check_order(consumed, next);
    }
    CHECK_CONTAINS(output, "consumed 8, 0 left\n");
    CHECK_STR(strstr(output, "the sum"), "the sum of all items is 36\n");
    CHECK_EQ(count_lines("*"), 17);
}

TEST(prompt_is_too_late_when_nobody_types) {
    CHECK_EQ(run(SILENCE, "prompt", "--seconds", "0.05", NULL), 0);
    CHECK_STR(output, "input something in 0.05 seconds: \ntimer: too late!\nmain: no input in time\n");
}

TEST(prompt_cancels_the_timer_when_somebody_types) {
    CHECK_EQ(run("hello\n", "prompt", "--seconds", "1000", NULL), 0);
    CHECK_STR(output, "input something in 1000 seconds: main: you typed 5 characters\n");
}

TEST(prompt_takes_the_end_of_the_input_for_an_answer) {
    CHECK_EQ(run("", "prompt", "--forever", NULL), 0);
    CHECK_STR(output, "input something in inf seconds: main: no input\n");
}

TEST(barrier_brings_the_client_to_a_server_that_listens) {
    CHECK_EQ(run("", "barrier", NULL), 0);
    CHECK_STR(output, "server: listening\nclient: the server says welcome\n");
}

TEST_MAIN()
