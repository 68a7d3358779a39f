/* Every allocation of run and connect fails once: the call says so, and no memory, descriptor or child is left. */
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

TEST_MAIN()
