/* futexes.c - locks of the program's own, on the futex system call. */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "scene.h"

static uint32_t word, second;
static int count;

static long futex(uint32_t *address, int operation, uint32_t value, const void *time, uint32_t *other,
                  uint32_t last) {
    return syscall(SYS_futex, address, operation, value, time, other, last);
}

static uint32_t exchange(uint32_t *address, uint32_t value) {
    return __atomic_exchange_n(address, value, __ATOMIC_SEQ_CST);
}

/* 0 free, 1 held, 2 held and waited for. `again` is what a thread that has slept writes. */
static void lock(uint32_t again) {
    uint32_t seen = 0;
    if (__atomic_compare_exchange_n(&word, &seen, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return;
    while (exchange(&word, seen == 0 ? 2 : again) != 0) {
        futex(&word, FUTEX_WAIT_PRIVATE, again, NULL, NULL, 0);
        seen = 1;
    }
}

static void unlock(void) {
    if (exchange(&word, 0) == 2)
        futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void increment(void) {
    int before = count;
    sched_yield();
    count = before + 1;
}

static void *with_lock(void *arg) {
    lock(2);
    increment();
    unlock();
    return arg;
}

SCENE(own_lock) {
    TOGETHER(with_lock, with_lock, with_lock);
    EXPECT(count == 3);
}

/* Wakes up and forgets that others may be asleep still. */
static void *with_forgetful_lock(void *arg) {
    lock(1);
    increment();
    unlock();
    return arg;
}

SCENE(own_forgetful_lock) {
    TOGETHER(with_forgetful_lock, with_forgetful_lock, with_forgetful_lock);
}

SCENE(limits) {
    struct timespec span = {0, 2000000}, until = after(CLOCK_MONOTONIC, 2), wall = after(CLOCK_REALTIME, 2);
    EXPECT(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0) == -1 && errno == EAGAIN);
    EXPECT(futex(&word, FUTEX_WAIT, 0, &span, NULL, 0) == -1 && errno == ETIMEDOUT);
    EXPECT(has_come(CLOCK_MONOTONIC, &until));
    EXPECT(futex(&word, FUTEX_WAIT_BITSET, 0, &until, NULL, 1) == -1 && errno == ETIMEDOUT);
    EXPECT(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &wall, NULL, 1) == -1 && errno == ETIMEDOUT);
    EXPECT(has_come(CLOCK_REALTIME, &wall));
    EXPECT(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0) == -1 && errno == EINVAL);
    EXPECT(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0);
}

static void wait_for_bits(uint32_t bits) {
    while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 0)
        (void)futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, bits);
}

static void *wait_for_1(void *arg) {
    wait_for_bits(1);
    return arg;
}

static void *wait_for_2(void *arg) {
    wait_for_bits(2);
    return arg;
}

static void *wake_both(void *arg) {
    exchange(&word, 1);
    EXPECT(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 1) <= 1);
    EXPECT(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 2) <= 1);
    return arg;
}

static void *wake_1_only(void *arg) {
    exchange(&word, 1);
    futex(&word, FUTEX_WAKE_BITSET, INT_MAX, NULL, NULL, 1);
    return arg;
}

SCENE(bits) {
    TOGETHER(wait_for_1, wait_for_2, wake_both);
}

SCENE(bits_forgotten) {
    TOGETHER(wait_for_1, wait_for_2, wake_1_only);
}

static void *wait_at_word(void *arg) {
    (void)futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0);
    return arg;
}

/* Those who wait go over to the second word, and are woken there. */
static void *move_and_wake(void *arg) {
    EXPECT(futex(&word, FUTEX_CMP_REQUEUE, 0, (void *)(intptr_t)INT_MAX, &second, 1) == -1 && errno == EAGAIN);
    exchange(&word, 1);
    long moved = futex(&word, FUTEX_CMP_REQUEUE, 0, (void *)(intptr_t)INT_MAX, &second, 1);
    EXPECT(moved >= 0 && moved <= 2);
    EXPECT(futex(&word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0) == 0);
    EXPECT(futex(&second, FUTEX_WAKE, INT_MAX, NULL, NULL, 0) == moved);
    return arg;
}

SCENE(moved) {
    TOGETHER(wait_at_word, wait_at_word, move_and_wake);
}

static void *move_and_forget(void *arg) {
    exchange(&word, 1);
    futex(&word, FUTEX_REQUEUE, 1, (void *)(intptr_t)INT_MAX, &second, 0);
    return arg;
}

SCENE(moved_and_forgotten) {
    TOGETHER(wait_at_word, wait_at_word, move_and_forget);
}
