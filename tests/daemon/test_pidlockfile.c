/* PIDLockFile: the file, its owner, and what is left of owners that are gone. LINUX is 1 where the platform can tell
 * when a process was started, and 0 in the build that makes do with POSIX. */
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "outside.h"

static thrum_pidlockfile *make(void) {
    thrum_pidlockfile *file;
    CHECK_EQ(thrum_pidlockfile_new(&file, in_directory("pid"), NULL), 0);
    return file;
}

static void done(thrum_pidlockfile *file) {
    CHECK(thrum_pidlockfile_free(file) == NULL);
    REMOVE_DIRECTORY(NULL);
}

/* A number that no process has: that of a child which has been reaped. */
static pid_t dead_pid(void) {
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    CHECK_EQ(wait_status(pid), 0);
    return pid;
}

static void write_pid(long pid) {
    char text[32];
    snprintf(text, sizeof text, "%ld\n", pid);
    write_text(in_directory("pid"), text);
}

TEST(acquire_writes_the_number_and_release_removes_the_file) {
    thrum_pidlockfile *file = make();
    char wanted[32];
    umask(022);
    snprintf(wanted, sizeof wanted, "%d\n", (int)getpid());
    CHECK(!thrum_pidlockfile_is_locked(file));
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    CHECK_STR(read_text(in_directory("pid")), wanted);
    CHECK(thrum_pidlockfile_is_locked(file));
    CHECK(thrum_pidlockfile_i_am_locking(file));
    CHECK(!thrum_pidlockfile_is_stale(file));
    struct stat status;
    CHECK_EQ(stat(in_directory("pid"), &status), 0);
    CHECK_EQ(status.st_mode & 0777, 0644 & ~022);
    CHECK_EQ(thrum_pidlockfile_release(file), 0);
    CHECK(!thrum_pidlockfile_is_locked(file));
    CHECK(!thrum_pidlockfile_i_am_locking(file));
    done(file);
}

TEST(acquire_of_an_owned_file_fails_at_once) {
    thrum_pidlockfile *file = make(), *other = make();
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    CHECK_EQ(thrum_pidlockfile_acquire(file), THRUM_ALREADY_LOCKED);
    CHECK_EQ(thrum_pidlockfile_acquire(other), THRUM_ALREADY_LOCKED);
    CHECK_EQ(thrum_pidlockfile_acquire_timed(other, THRUM_NOWAIT), THRUM_ALREADY_LOCKED);
    CHECK_EQ(thrum_pidlockfile_acquire_timed(other, thrum_seconds(-1)), THRUM_ALREADY_LOCKED);
    CHECK_EQ(thrum_pidlockfile_acquire_timed(other, thrum_seconds(1e11)), THRUM_OVERFLOW_ERROR);
    CHECK_EQ(thrum_pidlockfile_release(file), 0);
    CHECK_EQ(thrum_pidlockfile_acquire(other), 0);
    CHECK_EQ(thrum_pidlockfile_release(other), 0);
    thrum_pidlockfile_free(other);
    done(file);
}

TEST(waiting_has_a_limit) {
    thrum_pidlockfile *file = make(), *patient;
    thrum_pidlockfile_options options = {thrum_milliseconds(15)};
    CHECK_EQ(thrum_pidlockfile_new(&patient, in_directory("pid"), &options), 0);
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    CHECK_EQ(thrum_pidlockfile_acquire(patient), THRUM_LOCK_TIMEOUT);
    CHECK_EQ(thrum_pidlockfile_acquire_timed(patient, thrum_milliseconds(5)), THRUM_LOCK_TIMEOUT);
    CHECK_EQ(thrum_pidlockfile_release(file), 0);
    thrum_pidlockfile_free(patient);
    done(file);
}

/* A child that owns the file until the gate opens, and then ends or releases it. */
static int opened[2], gate[2];
static pid_t own_in_child(bool release) {
    CHECK_EQ(pipe(opened), 0);
    CHECK_EQ(pipe(gate), 0);
    pid_t pid = fork();
    if (pid > 0) {
        char byte;
        CHECK_EQ(read(opened[0], &byte, 1), 1);
        return pid;
    }
    thrum_pidlockfile *file = make();
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    char byte = 'x';
    CHECK_EQ(write(opened[1], &byte, 1), 1);
    CHECK_EQ(read(gate[0], &byte, 1), 1);
    if (release)
        CHECK_EQ(thrum_pidlockfile_release(file), 0);
    _exit(0);
}

TEST(waiting_ends_when_the_owner_releases_or_dies) {
    signal(SIGCHLD, SIG_IGN); /* so that the dead are gone at once */
    for (int release = 0; release < 2; release++) {
        thrum_pidlockfile *file = make();
        pid_t owner = own_in_child(release);
        pid_t recorded;
        CHECK_EQ(thrum_pidlockfile_read_pid(file, &recorded), 0);
        CHECK_EQ(recorded, owner);
        CHECK(!thrum_pidlockfile_i_am_locking(file));
        CHECK_EQ(thrum_pidlockfile_release(file), THRUM_NOT_MY_LOCK);
        CHECK_EQ(write(gate[1], "x", 1), 1);
        CHECK_EQ(thrum_pidlockfile_acquire_timed(file, thrum_seconds(1000)), 0);
        CHECK(thrum_pidlockfile_i_am_locking(file));
        CHECK_EQ(thrum_pidlockfile_release(file), 0);
        thrum_pidlockfile_free(file);
    }
    REMOVE_DIRECTORY(NULL);
}

TEST(an_owner_that_was_killed_leaves_a_stale_file) {
    thrum_pidlockfile *file = make();
    pid_t owner = own_in_child(false);
    CHECK_EQ(kill(owner, SIGKILL), 0);
    siginfo_t info;
    CHECK_EQ(waitid(P_PID, (id_t)owner, &info, WEXITED | WNOWAIT), 0);
    CHECK(thrum_pidlockfile_is_stale(file)); /* though its number is not free yet */
    CHECK_EQ(wait_status(owner), SIGKILL);
    CHECK(thrum_pidlockfile_is_stale(file));
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    CHECK_EQ(thrum_pidlockfile_release(file), 0);
    done(file);
}

TEST(release_without_a_file) {
    thrum_pidlockfile *file = make();
    pid_t pid;
    CHECK_EQ(thrum_pidlockfile_release(file), THRUM_NOT_LOCKED);
    CHECK_EQ(thrum_pidlockfile_read_pid(file, &pid), THRUM_NOT_LOCKED);
    CHECK_EQ(thrum_pidlockfile_break_lock(file), 0);
    CHECK(!thrum_pidlockfile_is_stale(file));
    done(file);
}

TEST(a_child_does_not_own_what_its_parent_owns) {
    thrum_pidlockfile *file = make();
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK(!thrum_pidlockfile_i_am_locking(file));
        CHECK(thrum_pidlockfile_is_locked(file));
        CHECK_EQ(thrum_pidlockfile_release(file), THRUM_NOT_MY_LOCK);
        _exit(0);
    }
    CHECK_EQ(wait_status(child), 0);
    CHECK_EQ(thrum_pidlockfile_release(file), 0);
    done(file);
}

TEST(a_worker_that_outlives_the_owner_holds_the_file) {
    thrum_pidlockfile *file = make();
    CHECK_EQ(pipe(gate), 0);
    CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    pid_t owner = fork();
    if (owner == 0) {
        CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
        if (fork() == 0) {
            char byte;
            CHECK_EQ(read(gate[0], &byte, 1), 1);
        }
        _exit(0);
    }
    CHECK_EQ(wait_status(owner), 0);
    CHECK(thrum_pidlockfile_is_locked(file));
    CHECK_EQ(thrum_pidlockfile_acquire(file), THRUM_ALREADY_LOCKED);
    CHECK_EQ(write(gate[1], "x", 1), 1);
    CHECK_GT(waitpid(-1, NULL, 0), 0);
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    CHECK_EQ(thrum_pidlockfile_release(file), 0);
    done(file);
}

TEST(a_file_of_another_program_counts_while_its_process_runs) {
    thrum_pidlockfile *file = make();
    write_pid(getppid());
    CHECK(thrum_pidlockfile_is_locked(file));
    CHECK_EQ(thrum_pidlockfile_acquire(file), THRUM_ALREADY_LOCKED);
    CHECK_EQ(thrum_pidlockfile_release(file), THRUM_NOT_MY_LOCK);
    write_pid(dead_pid());
    CHECK(!thrum_pidlockfile_is_locked(file));
    CHECK(thrum_pidlockfile_is_stale(file));
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    CHECK_EQ(thrum_pidlockfile_release(file), 0);
    done(file);
}

TEST(a_number_that_came_to_another_process_is_stale) {
    thrum_pidlockfile *file = make();
    write_pid(getppid());
    struct timeval long_ago[2] = {{1000000000, 0}, {1000000000, 0}}; /* written before that process was started */
    CHECK_EQ(utimes(in_directory("pid"), long_ago), 0);
    CHECK_EQ(thrum_pidlockfile_is_stale(file), LINUX);
    CHECK_EQ(thrum_pidlockfile_is_locked(file), !LINUX);
    CHECK_EQ(thrum_pidlockfile_acquire(file), LINUX ? 0 : THRUM_ALREADY_LOCKED);
    CHECK_EQ(thrum_pidlockfile_release(file), LINUX ? 0 : THRUM_NOT_MY_LOCK);
    CHECK_EQ(thrum_pidlockfile_break_lock(file), 0);
    done(file);
}

static void *lives_on(void *number) {
    __atomic_store_n((pid_t *)number, (pid_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
    pause(); /* until the test ends */
    return NULL;
}

TEST(a_number_that_came_to_a_thread_is_stale) {
    NEEDS_LINUX("elsewhere a thread's number is none that kill() knows");
    thrum_pidlockfile *file = make();
    pthread_t thread;
    pid_t number = 0;
    CHECK_EQ(pthread_create(&thread, NULL, lives_on, &number), 0);
    while (__atomic_load_n(&number, __ATOMIC_SEQ_CST) == 0)
        sched_yield();
    write_pid(number);
    CHECK(thrum_pidlockfile_is_stale(file));
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    CHECK_EQ(thrum_pidlockfile_release(file), 0);
    done(file);
}

/* Another user's daemon, or what it has left: its file can be read, and not be locked. */
static void forbid_writing(void) {
    CHECK_EQ(chmod(in_directory("pid"), 0444), 0);
    CHECK_EQ(chmod(in_directory(""), 01777), 0);
    if (getuid() == 0)
        CHECK_EQ(seteuid(65534), 0);
}

static void allow_writing(void) {
    if (getuid() == 0)
        CHECK_EQ(seteuid(0), 0);
    CHECK_EQ(chmod(in_directory("pid"), 0644), 0);
}

TEST(a_file_that_may_not_be_written_has_an_owner_all_the_same) {
    thrum_pidlockfile *file = make(), *other = make();
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    forbid_writing();
    CHECK(thrum_pidlockfile_is_locked(other));
    CHECK_EQ(thrum_pidlockfile_acquire(other), THRUM_ALREADY_LOCKED);
    CHECK_EQ(thrum_pidlockfile_acquire_timed(other, thrum_milliseconds(5)), THRUM_LOCK_TIMEOUT);
    CHECK_EQ(thrum_pidlockfile_error(other), 0);
    allow_writing();
    CHECK_EQ(thrum_pidlockfile_release(file), 0);
    thrum_pidlockfile_free(file);
    write_pid(dead_pid());
    forbid_writing();
    CHECK_EQ(thrum_pidlockfile_acquire(other), THRUM_LOCK_FAILED);
    CHECK_EQ(thrum_pidlockfile_error(other), -EACCES);
    allow_writing();
    CHECK_EQ(thrum_pidlockfile_break_lock(other), 0);
    done(other);
}

TEST(a_lock_says_more_than_the_clock) {
    thrum_pidlockfile *file = make(), *other = make();
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    struct timeval long_ago[2] = {{1000000000, 0}, {1000000000, 0}};
    CHECK_EQ(utimes(in_directory("pid"), long_ago), 0);
    CHECK(thrum_pidlockfile_is_locked(other));
    CHECK_EQ(thrum_pidlockfile_acquire(other), THRUM_ALREADY_LOCKED);
    CHECK_EQ(thrum_pidlockfile_release(file), 0);
    thrum_pidlockfile_free(other);
    done(file);
}

static void check_text(thrum_pidlockfile *file, const char *text, int wanted, pid_t wanted_pid) {
    pid_t pid = -1;
    write_text(in_directory("pid"), text);
    CHECK_EQ(thrum_pidlockfile_read_pid(file, &pid), wanted);
    CHECK_EQ(pid, wanted < 0 ? -1 : wanted_pid);
}

TEST(the_first_line_is_what_counts) {
    thrum_pidlockfile *file = make();
    check_text(file, "17\n", 0, 17);
    check_text(file, "  017 \r\nmore\n", 0, 17);
    check_text(file, "17", 0, 17);
    check_text(file, "17\n18\n", 0, 17);
    check_text(file, "", THRUM_VALUE_ERROR, 0);
    check_text(file, "17x\n", THRUM_VALUE_ERROR, 0);
    check_text(file, "-17\n", THRUM_VALUE_ERROR, 0);
    check_text(file, "0\n", THRUM_VALUE_ERROR, 0);
    check_text(file, "99999999999999999999\n", THRUM_VALUE_ERROR, 0);
    CHECK(thrum_pidlockfile_is_stale(file));
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    CHECK_EQ(thrum_pidlockfile_release(file), 0);
    done(file);
}

TEST(break_lock_removes_whatever_is_there) {
    thrum_pidlockfile *file = make(), *other = make();
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    CHECK_EQ(thrum_pidlockfile_break_lock(other), 0);
    CHECK_EQ(thrum_pidlockfile_acquire(other), 0);
    CHECK_EQ(thrum_pidlockfile_acquire(file), THRUM_ALREADY_LOCKED);
    CHECK_EQ(thrum_pidlockfile_release(other), 0);
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    CHECK_EQ(thrum_pidlockfile_release(file), 0);
    thrum_pidlockfile_free(other);
    done(file);
}

TEST(a_file_that_cannot_be_made) {
    thrum_pidlockfile *file;
    CHECK_EQ(thrum_pidlockfile_new(&file, "/nothing/at/all", NULL), 0);
    CHECK_EQ(thrum_pidlockfile_error(file), 0);
    CHECK_EQ(thrum_pidlockfile_acquire(file), THRUM_LOCK_FAILED);
    CHECK_EQ(thrum_pidlockfile_error(file), -ENOENT);
    CHECK_EQ(thrum_pidlockfile_acquire_timed(file, thrum_seconds(1)), THRUM_LOCK_FAILED);
    thrum_pidlockfile_free(file);
    CHECK(thrum_pidlockfile_free(NULL) == NULL);
}

TEST(a_relative_path_counts_from_the_directory_of_then) {
    in_directory("");
    CHECK_EQ(chdir(directory), 0);
    thrum_pidlockfile *file;
    CHECK_EQ(thrum_pidlockfile_new(&file, "pid", NULL), 0);
    CHECK_EQ(chdir("/"), 0);
    CHECK_STR(thrum_pidlockfile_path(file), in_directory("pid"));
    done(file);
}

/* Many processes want the file, some die with it, and nobody ever shares it. */
static void contend(int number, int counter) {
    thrum_pidlockfile *file = make();
    for (int round = 0; round < 20; round++) {
        CHECK_EQ(thrum_pidlockfile_acquire_timed(file, THRUM_FOREVER), 0);
        int value, next;
        CHECK_EQ(pread(counter, &value, sizeof value, 0), sizeof value);
        next = value + 1;
        sched_yield();
        CHECK_EQ(pwrite(counter, &next, sizeof next, 0), sizeof next);
        if (round == 10 + number)
            _exit(0); /* without releasing it */
        CHECK_EQ(thrum_pidlockfile_release(file), 0);
    }
    _exit(0);
}

TEST(of_many_one_owns_the_file) {
    enum { processes = 4 };
    int counter = open(in_directory("counter"), O_RDWR | O_CREAT, 0600), value = 0, wanted = 0;
    CHECK_EQ(pwrite(counter, &value, sizeof value, 0), sizeof value);
    for (int i = 0; i < processes; i++) {
        wanted += 11 + i;
        if (fork() == 0)
            contend(i, counter);
    }
    for (int i = 0; i < processes; i++)
        CHECK_GT(waitpid(-1, &value, 0), 0);
    CHECK_EQ(pread(counter, &value, sizeof value, 0), sizeof value);
    CHECK_EQ(value, wanted);
    thrum_pidlockfile *file = make();
    CHECK_EQ(thrum_pidlockfile_acquire(file), 0);
    CHECK_EQ(thrum_pidlockfile_release(file), 0);
    thrum_pidlockfile_free(file);
    REMOVE_DIRECTORY("counter");
}

TEST_MAIN()
