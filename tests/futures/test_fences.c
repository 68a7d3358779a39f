/* The choice of fences (platform/fence.h): it holds in the child of a fork, and where the system refuses them, pools
 * and groups work with the others.
 */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "platform/fence.h"
#include "pools.h"

enum { leaves = 200 };

typedef struct leaf {
    thrum_task task;
    bool called;
} leaf;

static int call_leaf(thrum_task *task) {
    ((leaf *)task)->called = true;
    return 0;
}

/* Tasks put aside, and stolen when somebody comes; in the pool of who has none. */
static void fork_and_join(void) {
    static leaf leaf_of[leaves];
    for (int round = 0; round < 20; round++) {
        thrum_task_group group = THRUM_TASK_GROUP_INIT;
        memset(leaf_of, 0, sizeof leaf_of);
        for (int i = 0; i < leaves; i++)
            thrum_task_group_run_task(&group, &leaf_of[i].task, call_leaf);
        CHECK_EQ(thrum_task_group_wait(&group), 0);
        for (int i = 0; i < leaves; i++)
            CHECK(leaf_of[i].called);
    }
}

/* The kernel's interface to filters, for C libraries without the kernel's headers. */
typedef struct filter_step {
    uint16_t code;
    uint8_t if_true, if_false;
    uint32_t k;
} filter_step;
typedef struct filter_program {
    unsigned short length;
    const filter_step *steps;
} filter_program;
enum { load_word = 0x20, jump_if_equal = 0x15, give_back = 0x06, with_filter = 2 };
enum { fail_with = 0x00050000, allow = 0x7fff0000 };

/* From now on membarrier() fails for this process, as for one in a container that does not know it. */
static void refuse_membarrier(void) {
    const filter_step steps[] = {
        {load_word, 0, 0, 0}, /* the call's number */
        {jump_if_equal, 0, 1, SYS_membarrier},
        {give_back, 0, 0, fail_with | ENOSYS},
        {give_back, 0, 0, allow},
    };
    const filter_program program = {sizeof steps / sizeof steps[0], steps};
    CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    CHECK_EQ(prctl(PR_SET_SECCOMP, with_filter, &program, 0, 0), 0);
}

/* ThreadSanitizer lets no child of a fork of threads start threads. */
static void fork_and_join_in_child(void) {
    if (!TEST_TSAN)
        fork_and_join();
}

/* How a child that does this ends. */
static int status_of(void (*body)(void)) {
    int status;
    pid_t pid = fork();
    CHECK_GE(pid, 0);
    if (pid == 0) {
        body();
        _exit(0);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    return status;
}

TEST(the_choice_stays_the_same) {
    bool light = thrum__fences_are_light;
    errno = E2BIG;
    thrum__fences_choose();
    CHECK_EQ(errno, E2BIG);
    CHECK_EQ(thrum__fences_are_light, light);
    fork_and_join();
    CHECK_EQ(thrum__fences_are_light, light);
}

static bool light_in_parent;
static void expect_the_parents_choice(void) {
    CHECK_EQ(thrum__fences_are_light, light_in_parent);
    thrum__fence_heavy();
    fork_and_join_in_child();
}

TEST(the_child_of_a_fork_has_the_parents_choice) {
    light_in_parent = thrum__fences_are_light;
    CHECK_EQ(status_of(expect_the_parents_choice), 0);
    fork_and_join();
    CHECK_EQ(status_of(expect_the_parents_choice), 0);
}

TEST(refused_before_the_first_pool) {
    refuse_membarrier();
    fork_and_join();
    CHECK(!thrum__fences_are_light);
}

static void expect_no_light_fences(void) {
    CHECK(!thrum__fences_are_light);
    fork_and_join_in_child();
}

static void refuse_and_fork(void) {
    refuse_membarrier();
    CHECK_EQ(status_of(expect_no_light_fences), 0);
}

TEST(refused_between_the_first_pool_and_a_fork) {
    fork_and_join();
    CHECK_EQ(status_of(refuse_and_fork), 0);
}

static void refuse_and_need_it(void) {
    refuse_membarrier();
    CHECK(freopen("/dev/null", "w", stderr));
    thrum__fence_heavy();
}

/* It cannot go on: what others have stored is not ordered by anything else. */
TEST(refused_while_pools_work) {
    fork_and_join();
    bool light = thrum__fences_are_light;
    int status = status_of(refuse_and_need_it);
    CHECK_EQ(light, WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    CHECK_EQ(!light, status == 0);
}

TEST_MAIN()
