/* test_sizes.c - what the ABI promises: small objects, and no names but the public ones. */
#include <dlfcn.h>

#include <thrum.h>

#include "test.h"

TEST(a_lock_is_four_bytes_and_nothing_is_over_64) {
    CHECK_EQ(sizeof(thrum_lock), 4);
    CHECK_EQ(sizeof(thrum_event), 4);
    CHECK_LE(sizeof(thrum_rlock), 12);
    CHECK_LE(sizeof(thrum_semaphore), 8);
    CHECK_LE(sizeof(thrum_condition), 64);
    CHECK_LE(sizeof(thrum_barrier), 64);
    CHECK_LE(sizeof(thrum_local), 64);
    CHECK_EQ(sizeof(thrum_timeout), 8);
    CHECK_EQ(sizeof(thrum_deadline), 8);
}

TEST(private_names_are_hidden) {
    CHECK(!dlsym(RTLD_DEFAULT, "thrum__deadline"));
    CHECK(!dlsym(RTLD_DEFAULT, "thrum__hooks_install"));
}

TEST_MAIN()
