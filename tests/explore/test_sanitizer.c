/* test_sanitizer.c - only under ThreadSanitizer: the explorer chooses the order, the sanitizer sees the race.
 *
 * The writer goes through two stages, each under the lock, and writes its value between them without it. The reader
 * reads the value only when it finds the first stage. So there are races in those orders alone in which the reader
 * gets its turn between the two stages. The explorer's own hand-over is not instrumented: if it ordered the two, as
 * it would, none would be seen.
 */
#include <fcntl.h>
#include <unistd.h>

#include "bugs.h"
#include "test.h"

static thrum_explore_result result;
static thrum_lock lock;
static int stage, value;
static volatile int seen;
static bool reader_keeps_the_lock;

/* The sanitizer asks for its options by this name. A race ends the process, and with it the schedule. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void) {
    return "halt_on_error=1";
}

static void enter(int next) {
    THRUM_WITH(&lock) {
        stage = next;
    }
}

static void write_between(void) {
    enter(1);
    if (reader_keeps_the_lock)
        thrum_lock_acquire(&lock);
    value = 42;
    if (reader_keeps_the_lock)
        (void)thrum_lock_release(&lock); /* cannot fail: it is held */
    enter(2);
}

static void read_between(void) {
    thrum_lock_acquire(&lock);
    bool between = stage == 1;
    if (between && reader_keeps_the_lock)
        seen = value;
    (void)thrum_lock_release(&lock); /* cannot fail: it is held */
    if (between && !reader_keeps_the_lock)
        seen = value;
}

static int take_part(void *arg) {
    if (arg)
        read_between();
    else
        write_between();
    return 0;
}

static void two_stages(void *arg) {
    (void)arg;
    stage = 0;
    crew(2, take_part);
}

static int explore(uint64_t seed, const char *save) {
    thrum_lock_order(
        false); /* its own lock, taken for what it has not seen before, would order more in a first run */
    /* The sanitizer's report comes from another program, which may be slow to start: the limits are not to be met. */
    thrum_explore_options options = {.name = "two stages",
                                     .seed = seed,
                                     .schedules = 200,
                                     .save = save,
                                     .budget = thrum_seconds(TEST_SECONDS),
                                     .patience = thrum_seconds(TEST_SECONDS)};
    return thrum_explore(two_stages, NULL, &options, &result);
}

/* What goes to standard error from here on is for read_errors(). */
static char errors[16384];

static int divert_errors(void) {
    char file[] = "/tmp/thrum-errors-XXXXXX";
    int kept = dup(2), fd = mkstemp(file);
    CHECK_GE(fd, 0);
    unlink(file);
    dup2(fd, 2);
    close(fd);
    return kept;
}

static void read_errors(int kept) {
    ssize_t length = pread(2, errors, sizeof errors - 1, 0);
    dup2(kept, 2);
    close(kept);
    CHECK_GE(length, 0);
    errors[length] = '\0';
}

TEST(the_race_is_found_by_seed_and_the_same_each_time) {
    uint64_t schedules[2];
    for (int i = 0; i < 2; i++) {
        int kept = divert_errors();
        int r = explore(11, NULL);
        read_errors(kept);
        CHECK_EQ(r, THRUM_EXPLORE_FAILED);
        CHECK_EQ(result.failure, THRUM_EXPLORE_RACE);
        schedules[i] = result.schedules;
    }
    CHECK_EQ(schedules[0], schedules[1]);
    CHECK_GT(schedules[0], 1); /* the first order does not have it */
    CHECK_GT(result.switches, 0);
    CHECK_CONTAINS(result.text, "two stages: data race in schedule");
    CHECK_CONTAINS(result.text, "ThreadSanitizer has reported it");
}

TEST(the_report_is_the_sanitizers_and_comes_once) {
    int kept = divert_errors();
    int r = explore(11, NULL);
    read_errors(kept);
    CHECK_EQ(r, THRUM_EXPLORE_FAILED);
    const char *first = strstr(errors, "WARNING: ThreadSanitizer: data race");
    CHECK(first);
    CHECK(!strstr(first + 1, "WARNING: ThreadSanitizer")); /* repetitions are silent */
    CHECK_CONTAINS(errors, "read_between");
    CHECK_CONTAINS(errors, "write_between");
}

TEST(the_race_is_replayed) {
    char file[] = "/tmp/thrum-schedule-XXXXXX";
    int fd = mkstemp(file);
    CHECK_GE(fd, 0);
    close(fd);
    int kept = divert_errors();
    int found = explore(11, file), again = thrum_explore_replay(two_stages, NULL, file, &result);
    read_errors(kept);
    unlink(file);
    CHECK_EQ(found, THRUM_EXPLORE_FAILED);
    CHECK_EQ(again, THRUM_EXPLORE_FAILED);
    CHECK_EQ(result.failure, THRUM_EXPLORE_RACE);
    CHECK_EQ(result.schedules, 1);
}

TEST(the_corrected_code_has_none) {
    reader_keeps_the_lock = true;
    CHECK_EQ(explore(11, NULL), 0);
    CHECK_EQ(result.schedules, 200);
}

TEST_MAIN()
