/* Every allocation of run and connect fails once: the call says so, and no memory, descriptor or child is left. And
 * in which order commands are killed. */
#include <fcntl.h>

#include <thrum/envoy.h>

#include "fault.h"
#include "test.h"

static int count_descriptors(void) {
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static const char *const env[] = {"A=b", NULL};

static int run_once(void) {
    thrum_envoy_options options = {.data = "x", .data_size = 1, .env = env};
    thrum_envoy_response *r = NULL;
    int result = thrum_envoy_run(&r, "cat | /nothing/at/all | cat", &options);
    fault->wanted = 0;
    CHECK_EQ(r != NULL, result == 0);
    thrum_envoy_response_free(r);
    return result;
}

static int run_args_once(void) {
    const char *const words[] = {"true", NULL};
    thrum_envoy_response *r = NULL;
    int result = thrum_envoy_run_args(&r, (const char *const *const[]){words, words, NULL}, NULL);
    fault->wanted = 0;
    CHECK_EQ(r != NULL, result == 0);
    thrum_envoy_response_free(r);
    return result;
}

static int connect_once(void) {
    thrum_envoy_options options = {.data = "hello\n", .data_size = 6, .env = env};
    thrum_connected_command *c = NULL;
    int result = thrum_envoy_connect(&c, "cat", &options);
    if (result == 0)
        result = thrum_connected_command_send(c, "you", NULL);
    if (result == 0)
        result = thrum_connected_command_expect(c, "hello", NULL);
    fault->wanted = 0;
    thrum_connected_command_free(c);
    return result;
}

static void check(int (*once)(void), size_t at_least) {
    CHECK_EQ(once(), 0); /* what is allocated once and for all */
    long blocks = fault_live();
    int descriptors = count_descriptors();
    size_t n = 1;
    for (;; n++) {
        fault_arm(n);
        int r = once();
        if (!fault_disarm()) {
            CHECK_EQ(r, 0);
            break;
        }
        CHECK_EQ(r, -ENOMEM);
        CHECK_EQ(fault_live(), blocks);
        CHECK_EQ(count_descriptors(), descriptors);
        CHECK_EQ(waitpid(-1, NULL, WNOHANG), -1);
    }
    CHECK_GT(n, at_least);
}

TEST(run) {
    check(run_once, 30);
}

TEST(run_args) {
    check(run_args_once, 10);
}

TEST(connect) {
    check(connect_once, 20);
}

/* The linker sends the library's calls here. Of each command that is signalled the first argument is kept, if it has
 * one. */
int __real_thrum_popen_kill_tree(thrum_popen *popen, int number);
int __wrap_thrum_popen_kill_tree(thrum_popen *popen, int number);
static char order[64];
int __wrap_thrum_popen_kill_tree(thrum_popen *popen, int number) {
    const char *argument = thrum_popen_args(popen)[1];
    if (argument && strlen(order) + strlen(argument) + 2 < sizeof order)
        strcat(strcat(order, argument), " ");
    return __real_thrum_popen_kill_tree(popen, number);
}

TEST(the_last_command_is_killed_first) {
    thrum_envoy_options options = {.total_timeout = thrum_nanoseconds(1)};
    thrum_envoy_response *r;
    CHECK_EQ(thrum_envoy_run(&r, "sleep 1001 | sleep 1002 | sleep 1003", &options), 0);
    CHECK_STR(order, "1003 1002 1001 ");
    thrum_envoy_response_free(r);
    thrum_connected_command *c;
    order[0] = '\0';
    CHECK_EQ(thrum_envoy_connect(&c, "sleep 1001 | sleep 1002", NULL), 0);
    thrum_connected_command_free(c);
    CHECK_STR(order, "1002 1001 ");
}

TEST_MAIN()
