/* test_inline.c - the public inline functions are symbols of the shared library too, for those who cannot inline. */
#include "test.h"

#include <dlfcn.h>

#include <thrum.h>

TEST(every_inline_function_is_an_exported_symbol) {
    static const char *const names[] = {
        "thrum_lock_acquire",        "thrum_lock_try_acquire",      "thrum_lock_release",
        "thrum_rlock_acquire",       "thrum_rlock_try_acquire",     "thrum_rlock_release",
        "thrum_semaphore_acquire",   "thrum_semaphore_try_acquire", "thrum_semaphore_release",
        "thrum_task_group_run_task", "thrum_task_group_wait",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!dlsym(RTLD_DEFAULT, names[i]))
            TEST_FAIL("%s is not exported", names[i]);
}

TEST(the_symbols_do_what_the_inline_functions_do) {
    void (*acquire)(thrum_lock *);
    int (*release)(thrum_lock *);
    thrum_lock lock = THRUM_LOCK_INIT;
    *(void **)&acquire = dlsym(RTLD_DEFAULT, "thrum_lock_acquire");
    *(void **)&release = dlsym(RTLD_DEFAULT, "thrum_lock_release");
    acquire(&lock);
    CHECK(thrum_lock_locked(&lock));
    CHECK_EQ(release(&lock), 0);
    CHECK_EQ(release(&lock), THRUM_RUNTIME_ERROR);
}

TEST_MAIN()
