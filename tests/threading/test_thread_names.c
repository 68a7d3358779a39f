/* test_thread_names.c - the names of threads: section 2.2 of the semantics. */
#include "crew.h"
#include "platform/platform.h"

static thrum_event go;
static int waits_to_go(void *arg) {
    (void)arg;
    CHECK_EQ(thrum_event_wait(&go), 0);
    return 0;
}

static thrum_thread *made(const thrum_thread_options *options) {
    thrum_thread *thread;
    CHECK_EQ(thrum_thread_new(&thread, waits_to_go, NULL, options), 0);
    return thread;
}

/* The name that the kernel knows a thread by. */
static const char *kernel_name(const thrum_thread *thread) {
    static char name[32];
    char path[80];
    snprintf(path, sizeof path, "/proc/self/task/%d/comm", thrum_thread_native_id(thread));
    FILE *file = fopen(path, "r");
    CHECK(file);
    CHECK(fgets(name, sizeof name, file));
    fclose(file);
    name[strcspn(name, "\n")] = '\0';
    return name;
}

TEST(default_names_are_counted) {
    thrum_thread *threads[3];
    for (int i = 0; i < 3; i++) {
        char expected[20];
        threads[i] = made(i == 1 ? &(thrum_thread_options){.target_name = NULL} : NULL);
        snprintf(expected, sizeof expected, "Thread-%d", i + 1);
        CHECK_STR(thrum_thread_name(threads[i]), expected);
    }
    thrum_thread *named = made(&(thrum_thread_options){.name = "x"}), *next = made(NULL);
    CHECK_STR(thrum_thread_name(named), "x");
    CHECK_STR(thrum_thread_name(next), "Thread-4"); /* a thread with a name uses up no number */
    for (int i = 0; i < 3; i++)
        thrum_thread_unref(threads[i]);
    thrum_thread_unref(named);
    thrum_thread_unref(next);
}

TEST(a_target_name_is_added_to_the_default_name) {
    thrum_thread *thread = made(&(thrum_thread_options){.target_name = "countdown"});
    CHECK_STR(thrum_thread_name(thread), "Thread-1 (countdown)");
    thrum_thread_unref(thread);
    thread = made(&(thrum_thread_options){.name = "mine", .target_name = "countdown"});
    CHECK_STR(thrum_thread_name(thread), "mine");
    thrum_thread_unref(thread);
}

TEST(the_main_threads_name) {
    CHECK_STR(thrum_thread_name(thrum_main_thread()), "MainThread");
    CHECK(!thrum_thread_daemon(thrum_main_thread()));
    CHECK(thrum_thread_is_alive(thrum_main_thread()));
}

TEST(names_are_copied) {
    char name[] = "mutable";
    thrum_thread *thread = made(&(thrum_thread_options){.name = name});
    name[0] = 'X';
    CHECK_STR(thrum_thread_name(thread), "mutable");
    char other[] = "other";
    CHECK_EQ(thrum_thread_set_name(thread, other), 0);
    other[0] = 'X';
    CHECK_STR(thrum_thread_name(thread), "other");
    thrum_thread_unref(thread);
}

TEST(a_name_can_be_set_at_any_time_and_the_old_string_stays) {
    thrum_thread *thread = made(&(thrum_thread_options){.name = "first"});
    const char *first = thrum_thread_name(thread);
    CHECK_EQ(thrum_thread_set_name(thread, "second"), 0);
    const char *second = thrum_thread_name(thread);
    CHECK_EQ(thrum_thread_start(thread), 0);
    CHECK_EQ(thrum_thread_set_name(thread, "third"), 0);
    thrum_event_set(&go);
    CHECK_EQ(thrum_thread_join(thread), 0);
    CHECK_EQ(thrum_thread_set_name(thread, "fourth"), 0);
    CHECK_STR(thrum_thread_name(thread), "fourth");
    CHECK_STR(first, "first");
    CHECK_STR(second, "second");
    thrum_thread_unref(thread);
}

/* thrum_thread_set_name() can come that late, when the thread ends while it is named. */
TEST(the_system_may_be_told_the_name_of_a_thread_that_has_been_joined) {
    thrum_thread *thread = made(NULL);
    CHECK_EQ(thrum_thread_start(thread), 0);
    thrum_event_set(&go);
    CHECK_EQ(thrum_thread_join(thread), 0);
    thrum__os_set_thread_name(thrum_thread_native_id(thread), "late");
    CHECK_EQ(thrum_thread_set_name(thread, "later"), 0);
    thrum_thread_unref(thread);
}

TEST(null_is_no_name) {
    thrum_thread *thread = made(&(thrum_thread_options){.name = "kept"});
    CHECK_EQ(thrum_thread_set_name(thread, NULL), THRUM_VALUE_ERROR);
    CHECK_STR(thrum_thread_name(thread), "kept");
    CHECK_EQ(thrum_thread_set_name(thread, ""), 0);
    CHECK_STR(thrum_thread_name(thread), "");
    thrum_thread_unref(thread);
}

TEST(the_kernel_knows_the_first_15_bytes) {
    NEEDS_LINUX("POSIX has no name for a thread");
    thrum_thread *thread = made(&(thrum_thread_options){.name = "a name of more than 15 bytes"});
    CHECK_EQ(thrum_thread_start(thread), 0);
    UNTIL(strcmp(kernel_name(thread), "a name of more ") == 0);
    CHECK_STR(thrum_thread_name(thread), "a name of more than 15 bytes");
    CHECK_EQ(thrum_thread_set_name(thread, "short"), 0);
    CHECK_STR(kernel_name(thread), "short");
    CHECK_EQ(thrum_thread_set_name(thread, "another that is too long"), 0);
    CHECK_STR(kernel_name(thread), "another that is");
    thrum_event_set(&go);
    reap(thread);
}

TEST(the_main_thread_can_be_renamed) {
    CHECK_EQ(thrum_thread_set_name(thrum_current_thread(), "renamed"), 0);
    CHECK_STR(thrum_thread_name(thrum_main_thread()), "renamed");
}

/* Names may be read while others change them. */
static int stop;
static void renames(int index, void *arg) {
    char name[32];
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "name-%d-%d", index, i);
        CHECK_EQ(thrum_thread_set_name((thrum_thread *)arg, name), 0);
    }
    put(&stop, 1);
}
static void reads(int index, void *arg) {
    (void)index;
    while (!get(&stop))
        CHECK_EQ(strncmp(thrum_thread_name((thrum_thread *)arg), "name-", 5), 0);
}

TEST(names_may_be_read_while_they_change) {
    thrum_thread *thread = made(&(thrum_thread_options){.name = "name-0"});
    CHECK_EQ(thrum_thread_start(thread), 0);
    crew c = {0};
    crew_start(&c, 1, reads, thread);
    crew_start(&c, 2, renames, thread);
    crew_join(&c);
    thrum_event_set(&go);
    reap(thread);
}

/* What reports and reprs show of an owner. */
TEST(an_rlocks_repr_names_its_owner) {
    char text[200];
    thrum_rlock lock = THRUM_RLOCK_INIT;
    thrum_rlock_acquire(&lock);
    CHECK_GT(thrum_rlock_repr(&lock, text, sizeof text), 0);
    CHECK_EQ(strncmp(text, "<locked thrum_rlock owner='MainThread' count=1 at ", 50), 0);
    CHECK_EQ(thrum_thread_set_name(thrum_main_thread(), "chief"), 0);
    CHECK_GT(thrum_rlock_repr(&lock, text, sizeof text), 0);
    CHECK_CONTAINS(text, "owner='chief'");
}

/* The name of the process is the main thread's: it is the program's, until somebody sets it. */
TEST(the_programs_name_is_left_alone) {
    NEEDS_LINUX("POSIX has no name for a thread");
    CHECK_CONTAINS(kernel_name(thrum_main_thread()), "test_thread_nam");
}

TEST_MAIN()
