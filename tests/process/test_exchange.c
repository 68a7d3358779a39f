/* Feed and drain: nothing is lost, nothing waits for ever, limits hold, and the spool grows from heap to huge
 * pages. */
#include "observe.h"
#include "platform/buffers.h"
#include "process/fds.h"
#include "process/spool.h"

typedef struct worker {
    thrum__process process;
    thrum__feed feed;
    thrum__drain drain;
} worker;

static worker start_worker(const char *script, const char *input, size_t size) {
    int in[2], out[2];
    CHECK_EQ(thrum__pipe(in), 0);
    CHECK_EQ(thrum__pipe(out), 0);
    const char *const argv[] = {"sh", "-c", script, NULL};
    const thrum__fd_place places[] = {{in[0], 0}, {out[1], 1}};
    thrum__process process = child_start((thrum__spawn_request){
        .program = "/bin/sh", .argv = argv, .places = places, .place_count = 2, .close_others = true});
    thrum__close(&in[0]);
    thrum__close(&out[1]);
    CHECK_EQ(thrum__set_nonblocking(in[1], true), 0);
    return (worker){process, {in[1], input, size}, {.fd = out[0]}};
}

static void end_worker(worker *w) {
    child_kill(&w->process);
    thrum__close(&w->feed.fd);
    thrum__close(&w->drain.fd);
    thrum__spool_free(&w->drain.spool);
}

/* A child that has ended by itself. */
static int status_of_worker(worker *w) {
    thrum__close(&w->feed.fd);
    thrum__close(&w->drain.fd);
    thrum__spool_free(&w->drain.spool);
    return child_end(&w->process);
}

static int exchange(worker *w, size_t limit, int64_t deadline) {
    return thrum__exchange(&w->feed, &w->drain, 1, NULL, limit, deadline);
}

static int64_t in_ms(int64_t ms) {
    return thrum_monotonic_ns() + ms * 1000000;
}

/* More than any pipe holds, in both directions at once. */
TEST(megabytes_there_and_back) {
    enum { size = 5 << 20 };
    char *input = malloc(size);
    for (size_t i = 0; i < size; i++)
        input[i] = (char)(i * 31 + i / 65536);
    worker w = start_worker("exec cat", input, size);
    CHECK_EQ(exchange(&w, 0, THRUM__NEVER), 0);
    CHECK_EQ(w.drain.spool.size, size);
    CHECK(memcmp(w.drain.spool.data, input, size) == 0);
    CHECK_EQ(w.feed.fd, -1);
    CHECK_EQ(w.drain.fd, -1);
    CHECK_EQ(status_of_worker(&w), 0);
    CHECK(!w.drain.spool.data);
    free(input);
}

TEST(empty_input_is_an_end_of_file) {
    worker w = start_worker("cat; echo done", "", 0);
    CHECK_EQ(exchange(&w, 0, THRUM__NEVER), 0);
    CHECK_EQ(thrum__spool_terminate(&w.drain.spool), 0);
    CHECK_STR(w.drain.spool.data, "done\n");
    CHECK_EQ(status_of_worker(&w), 0);
}

TEST(a_child_that_does_not_read_is_no_error_and_no_signal) {
    static char input[1 << 20];
    worker w = start_worker("exec 0</dev/null; echo ok", input, sizeof input);
    CHECK_EQ(exchange(&w, 0, THRUM__NEVER), 0);
    CHECK_EQ(w.drain.spool.size, 3);
    sigset_t pending;
    CHECK_EQ(sigpending(&pending), 0);
    CHECK(!sigismember(&pending, SIGPIPE));
    CHECK_EQ(status_of_worker(&w), 0);
}

TEST(a_pending_sigpipe_of_the_caller_is_kept) {
    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    CHECK_EQ(raise(SIGPIPE), 0);
    static char input[1 << 20];
    worker w = start_worker("exec 0</dev/null; echo ok", input, sizeof input);
    CHECK_EQ(exchange(&w, 0, THRUM__NEVER), 0);
    CHECK_EQ(sigpending(&pending), 0);
    CHECK(sigismember(&pending, SIGPIPE));
    CHECK_EQ(status_of_worker(&w), 0);
}

TEST(a_time_limit_loses_nothing) {
    worker w = start_worker("echo one; read line; echo two", "go\n", 0);
    while (w.drain.spool.size < 4)
        CHECK_EQ(thrum__exchange(NULL, &w.drain, 1, NULL, 0, in_ms(5)), THRUM_TIMED_OUT);
    w.feed.left = 3;
    CHECK_EQ(exchange(&w, 0, THRUM__NEVER), 0);
    CHECK_EQ(thrum__spool_terminate(&w.drain.spool), 0);
    CHECK_STR(w.drain.spool.data, "one\ntwo\n");
    CHECK_EQ(status_of_worker(&w), 0);
}

TEST(no_time_at_all_takes_what_is_there) {
    worker w = start_worker("printf abc; kill -STOP $$", NULL, 0);
    siginfo_t info;
    CHECK_EQ(waitid(P_PID, (id_t)w.process.pid, &info, WSTOPPED | WNOWAIT), 0);
    CHECK_EQ(thrum__exchange(NULL, &w.drain, 1, NULL, 0, INT64_MIN), THRUM_TIMED_OUT);
    CHECK_EQ(w.drain.spool.size, 3);
    end_worker(&w);
}

TEST(a_child_that_never_stops_writing_does_not_outlast_the_limit) {
    worker w = start_worker("exec yes", NULL, 0);
    CHECK_EQ(thrum__exchange(NULL, &w.drain, 1, NULL, 0, in_ms(20)), THRUM_TIMED_OUT);
    end_worker(&w);
}

/* The end of the process ends it too, although somebody else holds the pipe; what was written before is there. */
TEST(until_the_process_has_ended) {
    worker w = start_worker("sleep 1000 & echo $!", NULL, 0);
    CHECK_EQ(thrum__exchange(NULL, &w.drain, 1, &w.process, 0, THRUM__NEVER), 0);
    CHECK_EQ(thrum__spool_terminate(&w.drain.spool), 0);
    pid_t holder = (pid_t)atoi(w.drain.spool.data);
    CHECK_GT(holder, 1);
    CHECK_GE(w.drain.fd, 0);
    CHECK_EQ(kill(holder, SIGKILL), 0);
    CHECK_EQ(status_of_worker(&w), 0);
}

TEST(until_the_process_has_ended_without_a_pidfd) {
    worker w = start_worker("echo x", NULL, 0);
    thrum__close(&w.process.pidfd);
    CHECK_EQ(thrum__exchange(NULL, &w.drain, 1, &w.process, 0, THRUM__NEVER), 0);
    CHECK_EQ(w.drain.spool.size, 2);
    CHECK_EQ(status_of_worker(&w), 0);
}

TEST(the_limit_is_kept_to_the_byte) {
    worker w = start_worker("printf 123456", NULL, 0);
    CHECK_EQ(exchange(&w, 5, THRUM__NEVER), THRUM_LIMIT_EXCEEDED);
    CHECK_EQ(w.drain.spool.size, 5);
    CHECK_EQ(exchange(&w, 5, THRUM__NEVER), THRUM_LIMIT_EXCEEDED);
    CHECK_EQ(exchange(&w, 6, THRUM__NEVER), 0); /* the byte was not lost */
    CHECK_EQ(w.drain.spool.size, 6);
    CHECK(memcmp(w.drain.spool.data, "123456", 6) == 0);
    CHECK_EQ(status_of_worker(&w), 0);
}

TEST(output_of_exactly_the_limit_is_fine) {
    worker w = start_worker("printf 12345", NULL, 0);
    CHECK_EQ(exchange(&w, 5, THRUM__NEVER), 0);
    CHECK_EQ(w.drain.spool.size, 5);
    CHECK_EQ(status_of_worker(&w), 0);
}

TEST(more_streams_than_fit_on_the_stack) {
    enum { many = 20 };
    thrum__drain drains[many] = {0};
    for (int i = 0; i < many; i++) {
        int fds[2];
        CHECK_EQ(thrum__pipe(fds), 0);
        CHECK_EQ(write(fds[1], "abc", 3), 3);
        thrum__close(&fds[1]);
        drains[i].fd = fds[0];
    }
    CHECK_EQ(thrum__exchange(NULL, drains, many, NULL, 0, THRUM__NEVER), 0);
    for (int i = 0; i < many; i++) {
        CHECK_EQ(drains[i].spool.size, 3);
        thrum__spool_free(&drains[i].spool);
    }
}

/* -- the spool */

TEST(a_spool_keeps_its_bytes_while_it_grows) {
    enum { chunk = 1000, chunks = 3000 };
    thrum__spool spool = {0};
    char bytes[chunk];
    for (int i = 0; i < chunks; i++) {
        memset(bytes, i % 251, sizeof bytes);
        CHECK_EQ(thrum__spool_append(&spool, bytes, sizeof bytes), 0);
    }
    CHECK_EQ(spool.size, chunk * chunks);
    for (int i = 0; i < chunks; i++)
        CHECK(spool.data[i * chunk] == (char)(i % 251) && spool.data[i * chunk + chunk - 1] == (char)(i % 251));
    thrum__spool_free(&spool);
}

TEST(a_stretch_can_be_outgrown) {
    thrum__spool spool = {0};
    CHECK_EQ(thrum__spool_reserve(&spool, (size_t)1 << 20), 0);
    CHECK_EQ(thrum__spool_append(&spool, "abc", 3), 0);
    CHECK_EQ(thrum__spool_reserve(&spool, ((size_t)1 << 30) + 1), 0);
    CHECK_GT(spool.capacity, (size_t)1 << 30);
    CHECK(memcmp(spool.data, "abc", 3) == 0);
    thrum__spool_free(&spool);
}

TEST(an_impossible_size_is_no_memory) {
    thrum__spool spool = {0};
    CHECK_EQ(thrum__spool_append(&spool, "abc", 3), 0);
    CHECK_EQ(thrum__spool_reserve(&spool, SIZE_MAX), -ENOMEM);
    CHECK_EQ(thrum__spool_reserve(&spool, SIZE_MAX / 2), -ENOMEM);
    CHECK(memcmp(spool.data, "abc", 3) == 0);
    thrum__spool_free(&spool);
}

static thrum__spool spool_of(char byte, size_t size) {
    thrum__spool spool = {0};
    char bytes[10000];
    memset(bytes, byte, sizeof bytes);
    while (spool.size < size)
        CHECK_EQ(thrum__spool_append(&spool, bytes, sizeof bytes), 0);
    return spool;
}

static bool is_all(const thrum__spool *spool, char byte) {
    for (size_t i = 0; i < spool->size; i++)
        if (spool->data[i] != byte)
            return false;
    return true;
}

/* Memory that one spool has given back serves the next, and nobody else meanwhile. */
TEST(what_is_freed_is_used_again_by_one_only) {
    const size_t size = (size_t)3 << 20;
    thrum__spool first = spool_of('1', size);
    thrum__spool_free(&first);
    thrum__spool second = spool_of('2', size), third = spool_of('3', size);
    CHECK(is_all(&second, '2'));
    CHECK(is_all(&third, '3'));
    thrum__spool_free(&second);
    thrum__spool_free(&third);
    thrum__spool fourth = spool_of('4', size), fifth = spool_of('5', size);
    CHECK(is_all(&fourth, '4'));
    CHECK(is_all(&fifth, '5'));
    thrum__spool_free(&fourth);
    thrum__spool_free(&fifth);
}

TEST(memory_used_again_can_be_outgrown) {
    const size_t size = (size_t)3 << 20;
    thrum__spool first = spool_of('1', size);
    thrum__spool_free(&first);
    thrum__spool second = spool_of('2', size);
    CHECK_EQ(thrum__spool_reserve(&second, (size_t)300 << 20), 0);
    CHECK_EQ(thrum__spool_terminate(&second), 0);
    CHECK(is_all(&second, '2'));
    second.data[(size_t)300 << 20] = 1;
    thrum__spool_free(&second);
}

/* Every alignment, and sizes on both sides of a line. */
TEST(copies_past_the_cache_are_copies) {
    enum { room = 600, line = 64 };
    char from[room], to[room], expected[room];
    for (int i = 0; i < room; i++)
        from[i] = (char)(i * 7 + 1);
    for (size_t at = 0; at < line; at++)
        for (size_t size = 0; size < 3 * line; size++) {
            memset(to, 0, sizeof to);
            memset(expected, 0, sizeof expected);
            memcpy(expected + at, from + 3, size);
            thrum__copy_past_cache(to + at, from + 3, size);
            CHECK(memcmp(to, expected, sizeof to) == 0);
        }
}

/* The address space that this process has reserved: terabytes when a sanitizer does so. */
static rlim_t address_space(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    CHECK(file);
    CHECK_EQ(fscanf(file, "%lu", &pages), 1);
    fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Under a limit of address space there is room for less, and less is used. */
TEST(little_address_space_is_enough) {
    rlim_t most = address_space() + ((rlim_t)700 << 20);
    struct rlimit limit = {most, most};
    thrum__spool spool = {0};
    if (setrlimit(RLIMIT_AS, &limit) < 0)
        return;
    CHECK_EQ(thrum__spool_reserve(&spool, (size_t)8 << 20), 0);
    memset(spool.data, 1, (size_t)8 << 20);
    rlim_t before = address_space();
    thrum__spool_free(&spool);
    CHECK_LE(address_space() + ((rlim_t)8 << 20), before); /* none of it is held back */
}

/* -- descriptors */

TEST(new_descriptors_are_above_two) {
    int saved = fcntl(2, F_DUPFD_CLOEXEC, 50), fds[2], before = own_fds();
    close(0);
    close(1);
    close(2);
    int r = thrum__pipe(fds), null = thrum__open("/dev/null", O_RDWR, 0);
    dup2(saved, 2);
    CHECK_EQ(r, 0);
    CHECK_GT(fds[0], 2);
    CHECK_GT(fds[1], 2);
    CHECK_GT(null, 2);
    CHECK_EQ(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(fds[1], F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(null, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(own_fds(), before - 2 + 3); /* what was made at 0, 1 and 2 first has been closed again */
}

TEST(closing_makes_it_negative_and_leaves_errno) {
    int fd = thrum__open("/dev/null", O_RDWR, 0);
    errno = 1234;
    thrum__close(&fd);
    CHECK_EQ(fd, -1);
    thrum__close(&fd);
    CHECK_EQ(errno, 1234);
    CHECK_EQ(thrum__open("/nonexistent", O_RDONLY, 0), -ENOENT);
}

/* The child ends when it sees that we sleep. */
TEST(a_stream_that_does_not_block_is_waited_for) {
    NEEDS_LINUX("POSIX has no /proc");
    worker w = start_worker(
        "until grep -qs '^State:.S' /proc/$PPID/status || ! [ -d /proc/$PPID ]; do :; done; echo x", "", 0);
    CHECK_EQ(thrum__set_nonblocking(w.drain.fd, true), 0);
    CHECK_EQ(thrum__exchange(&w.feed, &w.drain, 1, NULL, 0, THRUM__NEVER), 0);
    CHECK_EQ(w.drain.spool.size, 2);
    CHECK_EQ(status_of_worker(&w), 0);
}

TEST_MAIN()
