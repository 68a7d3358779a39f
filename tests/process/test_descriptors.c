/* The child's descriptors: every overlap of sources and targets, closed standard streams, what is kept and what is
 * not. */
#include "observe.h"

enum { other = 10, combinations = 4 * 4 * 4 };

static const int choices[4] = {0, 1, 2, other};

/* Standard streams that a test rearranges, and puts back before it reports. */
static int saved[3];

static void save_streams(void) {
    for (int fd = 0; fd < 3; fd++)
        saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
}

static void restore_streams(void) {
    for (int fd = 0; fd < 3; fd++)
        dup2(saved[fd], fd);
}

/* 0, 1 and 2 of the child come from any of 0, 1, 2 and another one: all 64 ways, duplicates and cycles among them. */
TEST(every_assignment_of_standard_streams) {
    ino_t file[other + 1] = {0};
    ino_t seen[combinations][3];
    save_streams();
    for (int i = 0; i < 4; i++)
        file[choices[i]] = file_at(choices[i]);
    for (int n = 0; n < combinations; n++) {
        const thrum__fd_place places[] = {{choices[n % 4], 0}, {choices[n / 4 % 4], 1}, {choices[n / 16], 2}};
        thrum__process child =
            child_start((thrum__spawn_request){.places = places, .place_count = 3, .close_others = true});
        for (int fd = 0; fd < 3; fd++)
            seen[n][fd] = child_fd(child.pid, fd);
        child_kill(&child);
    }
    restore_streams();
    for (int n = 0; n < combinations; n++) {
        CHECK_EQ(seen[n][0], file[choices[n % 4]]);
        CHECK_EQ(seen[n][1], file[choices[n / 4 % 4]]);
        CHECK_EQ(seen[n][2], file[choices[n / 16]]);
    }
}

/* The parent has closed some of 0, 1, 2; pipes are made then, and their ends connected: the 7 cases, and none
 * closed. */
TEST(closed_standard_streams_of_the_parent) {
    bool right[8];
    save_streams();
    for (int closed = 0; closed < 8; closed++) {
        int low[2], high = open("/dev/null", O_RDWR | O_CLOEXEC);
        for (int fd = 0; fd < 3; fd++)
            if (closed & 1 << fd)
                close(fd);
        CHECK_EQ(pipe2(low, O_CLOEXEC), 0); /* takes the lowest numbers: 0, 1 or 2 when they are closed */
        struct stat pipe_is;
        fstat(low[1], &pipe_is);
        const thrum__fd_place places[] = {{high, 0}, {low[1], 1}, {low[1], 2}};
        thrum__process child =
            child_start((thrum__spawn_request){.places = places, .place_count = 3, .close_others = true});
        right[closed] = child_fd(child.pid, 1) == pipe_is.st_ino && child_fd(child.pid, 2) == pipe_is.st_ino &&
                        child_fds(child.pid) == 3;
        child_kill(&child);
        close(low[0]);
        close(low[1]);
        close(high);
        restore_streams();
    }
    for (int closed = 0; closed < 8; closed++)
        CHECK(right[closed]);
}

TEST(a_stream_that_is_closed_stays_closed) {
    save_streams();
    close(0);
    thrum__process child = child_start((thrum__spawn_request){.close_others = true});
    ino_t in = child_fd(child.pid, 0), out = child_fd(child.pid, 1);
    child_kill(&child);
    restore_streams();
    CHECK_EQ(in, 0);
    CHECK_NE(out, 0);
}

/* Two of the parent's three become any two of the child's, and the parent's third is closed: 18 ways. */
enum { one_closed = 3 * 6 };
static const int pairs[6][2] = {{0, 1}, {0, 2}, {1, 0}, {1, 2}, {2, 0}, {2, 1}};

static bool change_places(int closed, const int to[2]) {
    const int from[2] = {(closed + 1) % 3, (closed + 2) % 3};
    struct stat is[2];
    close(closed);
    fstat(from[0], &is[0]);
    fstat(from[1], &is[1]);
    const thrum__fd_place places[] = {{from[0], to[0]}, {from[1], to[1]}};
    thrum__process child =
        child_start((thrum__spawn_request){.places = places, .place_count = 2, .close_others = true});
    bool right = child_fd(child.pid, to[0]) == is[0].st_ino && child_fd(child.pid, to[1]) == is[1].st_ino;
    child_kill(&child);
    return right;
}

TEST(streams_change_places_while_one_is_closed) {
    bool right[one_closed];
    save_streams();
    for (int n = 0; n < one_closed; n++) {
        for (int fd = 0; fd < 3; fd++)
            file_at(fd);
        right[n] = change_places(n / 6, pairs[n % 6]);
        restore_streams();
    }
    for (int n = 0; n < one_closed; n++)
        CHECK(right[n]);
}

TEST(targets_above_two_may_form_a_cycle) {
    ino_t five = file_at(5), six = file_at(6), seven = file_at(7);
    const thrum__fd_place places[] = {{5, 6}, {6, 7}, {7, 5}};
    thrum__process child =
        child_start((thrum__spawn_request){.places = places, .place_count = 3, .close_others = true});
    CHECK_EQ(child_fd(child.pid, 6), five);
    CHECK_EQ(child_fd(child.pid, 7), six);
    CHECK_EQ(child_fd(child.pid, 5), seven);
    CHECK_EQ(child_fds(child.pid), 6);
    child_kill(&child);
}

TEST(a_source_that_is_its_own_target_survives_exec) {
    ino_t file = file_at(5);
    CHECK_EQ(fcntl(5, F_SETFD, FD_CLOEXEC), 0);
    const thrum__fd_place places[] = {{5, 5}};
    thrum__process child =
        child_start((thrum__spawn_request){.places = places, .place_count = 1, .close_others = true});
    CHECK_EQ(child_fd(child.pid, 5), file);
    child_kill(&child);
    CHECK_EQ(fcntl(5, F_GETFD), FD_CLOEXEC); /* the parent's flag is the parent's */
}

TEST(others_are_closed) {
    for (int fd = 5; fd < 40; fd++)
        file_at(fd);
    thrum__process child = child_start((thrum__spawn_request){.close_others = true});
    CHECK_EQ(child_fds(child.pid), 3);
    child_kill(&child);
}

TEST(others_stay_when_nobody_asks) {
    ino_t file = file_at(50);
    thrum__process child = child_start((thrum__spawn_request){0});
    CHECK_EQ(child_fd(child.pid, 50), file);
    child_kill(&child);
}

TEST(kept_ones_stay_in_any_order_and_though_closed_on_exec) {
    ino_t file[20];
    for (int fd = 5; fd < 20; fd++) {
        file[fd] = file_at(fd);
        CHECK_EQ(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
    }
    const int keep[] = {17, 5, 11, 12, 11};
    thrum__process child = child_start((thrum__spawn_request){.keep = keep, .keep_count = 5, .close_others = true});
    CHECK_EQ(child_fd(child.pid, 5), file[5]);
    CHECK_EQ(child_fd(child.pid, 11), file[11]);
    CHECK_EQ(child_fd(child.pid, 12), file[12]);
    CHECK_EQ(child_fd(child.pid, 17), file[17]);
    CHECK_EQ(child_fds(child.pid), 3 + 4);
    child_kill(&child);
    CHECK_EQ(fcntl(17, F_GETFD), FD_CLOEXEC);
}

TEST(kept_ones_may_be_sources_too) {
    ino_t five = file_at(5), six = file_at(6), seven = file_at(7);
    const thrum__fd_place places[] = {{5, 0}, {6, 1}, {7, 2}};
    const int keep[] = {5, 6, 7};
    thrum__process child = child_start((thrum__spawn_request){
        .places = places, .place_count = 3, .keep = keep, .keep_count = 3, .close_others = true});
    const ino_t expected[] = {five, six, seven};
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(child_fd(child.pid, i), expected[i]);
        CHECK_EQ(child_fd(child.pid, 5 + i), expected[i]);
    }
    CHECK_EQ(child_fds(child.pid), 6);
    child_kill(&child);
}

/* Descriptors that were opened before the limit sank are closed as well. */
TEST(others_above_a_lowered_limit_are_closed) {
    NEEDS_LINUX("POSIX knows no descriptors but those below the limit");
    for (int fd = 30; fd < 60; fd++)
        file_at(fd);
    struct rlimit limit;
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = 29;
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    thrum__process child = child_start((thrum__spawn_request){.close_others = true});
    CHECK_EQ(child_fds(child.pid), 3);
    child_kill(&child);
}

/* A host may open them again, over whatever is there. */
TEST(nothing_of_ours_takes_the_place_of_a_closed_stream) {
    for (int stream = 0; stream < 3; stream++) {
        int copy = fcntl(stream, F_DUPFD_CLOEXEC, 10);
        close(stream);
        thrum__process child = child_start((thrum__spawn_request){0});
        int flags = fcntl(stream, F_GETFD);
        CHECK_EQ(dup2(copy, stream), stream);
        CHECK_EQ(flags, -1);
        CHECK(child.pidfd > 2 || child.pidfd == -1);
        CHECK(child.pidfd == -1 || fcntl(child.pidfd, F_GETFD) == FD_CLOEXEC);
        child_kill(&child);
        close(copy);
    }
}

TEST(a_standard_stream_can_be_kept) {
    CHECK_EQ(fcntl(2, F_SETFD, FD_CLOEXEC), 0);
    const int keep[] = {2};
    thrum__process child = child_start((thrum__spawn_request){.keep = keep, .keep_count = 1, .close_others = true});
    CHECK_NE(child_fd(child.pid, 2), 0);
    child_kill(&child);
}

TEST(keeping_a_closed_descriptor_is_an_error) {
    const int keep[] = {77};
    thrum__process child;
    thrum__spawn_failure failure;
    int before = own_fds();
    CHECK_EQ(thrum__spawn(&(thrum__spawn_request){.program = "/bin/true", .keep = keep, .keep_count = 1}, &child,
                          &failure),
             -EBADF);
    CHECK_EQ(failure.stage, THRUM__STAGE_CLOSE);
    CHECK(!failure.filename);
    CHECK_EQ(own_fds(), before);
    CHECK(!has_children());
}

TEST(keeping_a_negative_descriptor_is_a_bad_value) {
    const int keep[] = {-1};
    thrum__process child;
    CHECK_EQ(
        thrum__spawn(&(thrum__spawn_request){.program = "/bin/true", .keep = keep, .keep_count = 1}, &child, NULL),
        THRUM_VALUE_ERROR);
}

TEST(a_source_that_is_closed_is_an_error) {
    const thrum__fd_place places[] = {{77, 0}};
    thrum__process child;
    thrum__spawn_failure failure;
    thrum__spawn_request request = {.program = "/bin/true", .places = places, .place_count = 1};
    CHECK_EQ(thrum__spawn(&request, &child, &failure), -EBADF);
    CHECK_EQ(failure.stage, THRUM__STAGE_DESCRIPTORS);
    CHECK(!has_children());
}

TEST_MAIN()
