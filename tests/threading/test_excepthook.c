/* test_excepthook.c - what becomes of an error that a thread's function returns: sections 2.1 and 2.2 of the
 * semantics, and the excepthook cases of test_threading (2.9). */
#include <errno.h>

#include "child.h"
#include "crew.h"

static int returns(void *arg) {
    return *(int *)arg;
}
static int fails_with_text(void *arg) {
    return thrum_thread_fail(-ENOENT, "cannot read %s: %d", (const char *)arg, 17);
}

/* A hook that keeps what it is told. */
typedef struct told {
    int calls, code, result;
    char text[512], name[64];
} told;

static int keeps(const thrum_excepthook_args *args, void *arg) {
    told *t = (told *)arg;
    t->calls++;
    t->code = args->code;
    snprintf(t->text, sizeof t->text, "%s", args->text);
    snprintf(t->name, sizeof t->name, "%s", thrum_thread_name(args->thread));
    CHECK(args->thread == thrum_current_thread());
    return t->result;
}

TEST(an_error_goes_to_the_hook_and_the_thread_ends_normally) {
    told t = {0};
    int code = THRUM_KEY_ERROR;
    thrum_set_excepthook(keeps, &t);
    thrum_thread *thread = spawn("worker", returns, &code);
    CHECK_EQ(thrum_thread_join(thread), 0);
    CHECK(!thrum_thread_is_alive(thread));
    thrum_thread_unref(thread);
    CHECK_EQ(t.calls, 1);
    CHECK_EQ(t.code, THRUM_KEY_ERROR);
    CHECK_STR(t.text, thrum_strerror(THRUM_KEY_ERROR));
    CHECK_STR(t.name, "worker");
}

TEST(the_text_of_thread_fail_explains_the_error) {
    told t = {0};
    thrum_set_excepthook(keeps, &t);
    reap(spawn("reader", fails_with_text, (void *)(uintptr_t) "/a/file"));
    CHECK_EQ(t.code, -ENOENT);
    CHECK_STR(t.text, "cannot read /a/file: 17");
}

static int fails_at_length(void *arg) {
    char text[1000];
    memset(text, 'x', sizeof text);
    return thrum_thread_fail(*(int *)arg, "%.*s", (int)sizeof text, text);
}

TEST(the_text_is_cut_at_255_bytes) {
    told t = {0};
    int code = THRUM_VALUE_ERROR;
    thrum_set_excepthook(keeps, &t);
    reap(spawn(NULL, fails_at_length, &code));
    CHECK_EQ(strlen(t.text), 255);
}

/* The text belongs to one thread. */
static int fails_without_text(void *arg) {
    (void)arg;
    return -EACCES;
}
TEST(the_text_of_one_thread_is_not_anothers) {
    told t = {0};
    thrum_set_excepthook(keeps, &t);
    CHECK_EQ(thrum_thread_fail(-ENOENT, "in the main thread"), -ENOENT);
    reap(spawn(NULL, fails_with_text, (void *)(uintptr_t) "x"));
    reap(spawn(NULL, fails_without_text, NULL));
    CHECK_STR(t.text, thrum_strerror(-EACCES));
    CHECK_EQ(t.calls, 2);
}

TEST(success_and_system_exit_are_silent) {
    told t = {0};
    int codes[] = {0, THRUM_SYSTEM_EXIT};
    thrum_set_excepthook(keeps, &t);
    reap(spawn(NULL, returns, &codes[0]));
    reap(spawn(NULL, returns, &codes[1]));
    CHECK_EQ(t.calls, 0);
}

TEST(run_called_directly_does_not_ask_the_hook) {
    told t = {0};
    int code = -5;
    thrum_thread *thread;
    thrum_set_excepthook(keeps, &t);
    CHECK_EQ(thrum_thread_new(&thread, returns, &code, NULL), 0);
    CHECK_EQ(thrum_thread_run(thread), -5); /* the exception would go to the caller */
    CHECK_EQ(t.calls, 0);
    thrum_thread_unref(thread);
}

/* The default hook prints; and it comes back with NULL. */
static void default_hook(void *arg) {
    told t = {0};
    int code = THRUM_KEY_ERROR;
    if (arg) {
        thrum_set_excepthook(keeps, &t);
        thrum_set_excepthook(NULL, NULL);
    }
    reap(spawn("worker-7", returns, &code));
    reap(spawn("reader", fails_with_text, (void *)(uintptr_t) "/a/file"));
    int silent = THRUM_SYSTEM_EXIT;
    reap(spawn("quiet", returns, &silent));
    CHECK_EQ(t.calls, 0);
}

TEST(the_default_hook_prints_the_threads_name_and_the_error) {
    for (int replaced = 0; replaced < 2; replaced++) {
        child c;
        child_run(&c, default_hook, replaced ? &c : NULL);
        CHECK_EQ(child_code(&c), 0);
        CHECK_STR(c.out, "");
        CHECK_CONTAINS(c.err, "Exception in thread worker-7:\n");
        CHECK_CONTAINS(c.err, "KeyError");
        CHECK_CONTAINS(c.err, thrum_strerror(THRUM_KEY_ERROR));
        CHECK_CONTAINS(c.err, "Exception in thread reader:\n");
        CHECK_CONTAINS(c.err, "FileNotFoundError");
        CHECK_CONTAINS(c.err, "cannot read /a/file: 17");
        CHECK(!strstr(c.err, "quiet"));
    }
}

/* __excepthook__ can be called by a hook of one's own. */
static int adds_a_line(const thrum_excepthook_args *args, void *arg) {
    fputs("something happened\n", stderr);
    return thrum_default_excepthook(args, arg);
}
static void own_hook(void *arg) {
    int code = THRUM_VALUE_ERROR;
    (void)arg;
    thrum_set_excepthook(adds_a_line, NULL);
    reap(spawn("w", returns, &code));
}

TEST(a_hook_may_call_the_default_one) {
    child c;
    child_run(&c, own_hook, NULL);
    CHECK_EQ(child_code(&c), 0);
    CHECK_CONTAINS(c.err, "something happened\nException in thread w:\n");
    CHECK_CONTAINS(c.err, "ValueError");
}

/* An error in the hook is reported and has no other effect. */
static void failing_hook(void *arg) {
    static told t = {.result = THRUM_TYPE_ERROR};
    int code = THRUM_KEY_ERROR;
    (void)arg;
    thrum_set_excepthook(keeps, &t);
    reap(spawn("worker", returns, &code));
    CHECK_EQ(t.calls, 1); /* not asked about its own error */
    puts("still here");
}

TEST(an_error_of_the_hook_is_reported) {
    child c;
    child_run(&c, failing_hook, NULL);
    CHECK_EQ(child_code(&c), 0);
    CHECK_STR(c.out, "still here\n");
    CHECK_CONTAINS(c.err, "excepthook");
    CHECK_CONTAINS(c.err, "TypeError");
}

static void without_stderr(void *arg) {
    int code = THRUM_KEY_ERROR;
    (void)arg;
    fclose(stderr);
    close(2);
    reap(spawn("worker", returns, &code));
    puts("still here");
}

TEST(without_stderr_nothing_is_printed) {
    child c;
    child_run(&c, without_stderr, NULL);
    CHECK_EQ(child_code(&c), 0);
    CHECK_STR(c.out, "still here\n");
}

TEST_MAIN()
