/* test_simple_queue_memory.c - what is mapped is kept and used again, and every allocation fails once. */
#include <errno.h>
#include <sys/mman.h>
#include <thrum.h>

#include "fault.h"
#include "test.h"

static int mapped, unmapped;

/* The linker's names: see fault.h. */
void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    if (fault_here("mmap", ENOMEM))
        return MAP_FAILED;
    mapped++;
    return __real_mmap(at, size, protection, flags, fd, offset);
}

/* glibc's name for it where off_t is 64 bits wide. */
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset)
    __attribute__((alias("__wrap_mmap")));

int __real_munmap(void *at, size_t size);
int __wrap_munmap(void *at, size_t size);
int __wrap_munmap(void *at, size_t size) {
    unmapped++;
    return __real_munmap(at, size);
}

TEST(new_fails_cleanly) {
    thrum_simple_queue *q = NULL;
    fault_arm(1);
    CHECK_EQ(thrum_simple_queue_new(&q, 0), -ENOMEM);
    CHECK(fault_disarm());
    CHECK(!q);
}

TEST(a_put_without_memory_changes_nothing) {
    thrum_simple_queue *q;
    int item, failures = 0;
    CHECK_EQ(thrum_simple_queue_new(&q, sizeof(int)), 0);
    for (int i = 0; i < 1000; i++) {
        fault_arm(1);
        errno = 4711;
        int r = thrum_simple_queue_put(q, &i);
        bool failed = fault_disarm();
        CHECK_EQ(errno, 4711);
        CHECK_EQ(r, failed ? -ENOMEM : 0);
        CHECK_EQ(thrum_simple_queue_qsize(q), i + !failed);
        if (failed)
            CHECK_EQ(thrum_simple_queue_put(q, &i), 0);
        failures += failed;
    }
    CHECK_EQ(failures, 5); /* chunks of 64, 128, 256, 512 and 1024 */
    CHECK_EQ(mapped, 5);
    for (int i = 0; i < 1000; i++) {
        CHECK_EQ(thrum_simple_queue_get(q, &item), 0);
        CHECK_EQ(item, i);
    }
    thrum_simple_queue_free(q);
    CHECK_EQ(unmapped, 5);
    CHECK_EQ(fault_live(), 0);
}

TEST(nodes_are_used_again) {
    thrum_simple_queue *q;
    int item;
    CHECK_EQ(thrum_simple_queue_new(&q, sizeof(int)), 0);
    for (int round = 0; round < 1000; round++) {
        for (int i = 0; i < 60; i++)
            CHECK_EQ(thrum_simple_queue_put(q, &i), 0);
        for (int i = 0; i < 60; i++) {
            CHECK_EQ(thrum_simple_queue_get(q, &item), 0);
            CHECK_EQ(item, i);
        }
    }
    CHECK_EQ(mapped, 1);
    thrum_simple_queue_free(q);
}

TEST_MAIN()
