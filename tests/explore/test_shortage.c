/* test_shortage.c - `thrum explore --faults`: calls of a program fail as part of the schedule. See
 * programs/shortage.c. */
#include "explore_shell.h"

/* A program that is not ready for it comes to a wrong end, and only then; one that is does not. */
static void explore_call(const char *faults, const char *call) {
    char line[512], fault[64];
    snprintf(line, sizeof line, EXPLORE "-s 1 -n 100 -f %s " SHORTAGE " careless %s", faults, call);
    CHECK_EQ(run(line), 1);
    snprintf(fault, sizeof fault, "  fault: T0, %s fails\n", call);
    CHECK_CONTAINS(output, fault);
    CHECK_CONTAINS(output, "1 fault are needed");
    snprintf(line, sizeof line, EXPLORE "-s 1 -n 100 -f %s -m 3 " SHORTAGE " %s", faults, call);
    CHECK_EQ(run(line), 0);
    snprintf(line, sizeof line, EXPLORE "-s 1 -n 30 " SHORTAGE " careless %s", call);
    CHECK_EQ(run(line), 0);
}

#define LACKS_MEMORY(call)                                                                                           \
    TEST(call##_lacks_memory) {                                                                                      \
        explore_call("memory", #call);                                                                               \
    }
LACKS_MEMORY(malloc)
LACKS_MEMORY(calloc)
LACKS_MEMORY(realloc)
LACKS_MEMORY(posix_memalign)
LACKS_MEMORY(strdup)
LACKS_MEMORY(pthread_create)

#define IS_INTERRUPTED(call)                                                                                         \
    TEST(call##_is_interrupted) {                                                                                    \
        explore_call("interrupts", #call);                                                                           \
    }
IS_INTERRUPTED(read)
IS_INTERRUPTED(poll)
IS_INTERRUPTED(select)
IS_INTERRUPTED(epoll_wait)
IS_INTERRUPTED(sem_wait)
IS_INTERRUPTED(nanosleep)
IS_INTERRUPTED(sleep)
IS_INTERRUPTED(waitpid)

TEST(one_kind_does_not_bring_the_other) {
    CHECK_EQ(run(EXPLORE "-s 1 -n 50 -f interrupts " SHORTAGE " careless malloc"), 0);
    CHECK_EQ(run(EXPLORE "-s 1 -n 50 -f memory " SHORTAGE " careless sem_wait"), 0);
    CHECK_EQ(run(EXPLORE "-s 1 -f interrupts,memory " SHORTAGE " careless malloc"), 1);
    CHECK_EQ(run(EXPLORE "-s 1 -f memory,interrupts " SHORTAGE " careless sem_wait"), 1);
}

TEST(a_fault_is_explained_and_replayed_without_options) {
    char file[] = "/tmp/thrum-explore-XXXXXX", line[1024];
    int fd = mkstemp(file);
    CHECK_GE(fd, 0);
    close(fd);
    snprintf(line, sizeof line, EXPLORE "-s 1 -f memory,interrupts -o %s " SHORTAGE " careless malloc", file);
    CHECK_EQ(run(line), 1);
    CHECK_CONTAINS(output, "crash in schedule");
    snprintf(line, sizeof line, THRUM_TOOL " explain %s", file);
    CHECK_EQ(run(line), 0);
    CHECK_CONTAINS(output, "malloc fails");
    snprintf(line, sizeof line, THRUM_TOOL " replay %s -- " EXPLORE SHORTAGE " careless malloc", file);
    CHECK_EQ(run(line), 1);
    CHECK_CONTAINS(output, "crash in schedule 1 (recorded)");
    CHECK_CONTAINS(output, "fault: T0, malloc fails");
    snprintf(line, sizeof line, THRUM_TOOL " replay %s -- " EXPLORE SHORTAGE " malloc", file);
    CHECK_EQ(run(line), 0); /* repaired */
    unlink(file);
}

TEST(kinds_are_refused_that_there_are_not) {
    CHECK_EQ(run(EXPLORE "-f mallok " SHORTAGE " malloc"), 2);
    CHECK_CONTAINS(output, "'mallok' is neither memory nor interrupts");
    CHECK_EQ(run(EXPLORE "-f memory, " SHORTAGE " malloc"), 2);
    CHECK_EQ(run(EXPLORE "-f '' " SHORTAGE " malloc"), 2);
    CHECK_EQ(run(EXPLORE "-f memory -m few " SHORTAGE " malloc"), 2);
    CHECK_CONTAINS(output, "'few' is not a number");
}

TEST_MAIN()
