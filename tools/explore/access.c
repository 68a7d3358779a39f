/* access.c - every access to memory as a place where threads may change.
 *
 * Code that is compiled with -fsanitize=thread calls a function before each access to memory that other threads might
 * see. A program that is linked with this library, in place of the compiler's, explores between those accesses:
 *
 *     cc -fsanitize=thread -g -c program.c
 *     cc program.o -lthrum-access -lthrum -o program
 *     thrum explore ./program
 *
 * Without exploration each function returns at once. clang joins the read and the write of `x++` unless it is told
 * -mllvm -tsan-instrument-read-before-write=1; gcc shows both. Atomic operations are carried out as sequentially
 * consistent ones.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <thrum/explore.h>

/* The compiler's interface, as gcc and clang document it in their ThreadSanitizer runtimes' headers. Nobody else
 * calls these. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define READ(name)                                                                                                   \
    void name(void *address) {                                                                                       \
        thrum_explore_point(address, false);                                                                         \
    }
#define WRITE(name)                                                                                                  \
    void name(void *address) {                                                                                       \
        thrum_explore_point(address, true);                                                                          \
    }
#define ACCESSES(size)                                                                                               \
    READ(__tsan_read##size)                                                                                          \
    READ(__tsan_unaligned_read##size)                                                                                \
    READ(__tsan_volatile_read##size)                                                                                 \
    READ(__tsan_unaligned_volatile_read##size)                                                                       \
    WRITE(__tsan_write##size)                                                                                        \
    WRITE(__tsan_unaligned_write##size)                                                                              \
    WRITE(__tsan_volatile_write##size)                                                                               \
    WRITE(__tsan_unaligned_volatile_write##size)                                                                     \
    WRITE(__tsan_read_write##size)                                                                                   \
    WRITE(__tsan_unaligned_read_write##size)

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

void __tsan_read_range(void *address, size_t size) {
    if (size > 0)
        thrum_explore_point(address, false);
}

void __tsan_write_range(void *address, size_t size) {
    if (size > 0)
        thrum_explore_point(address, true);
}

void __tsan_vptr_read(void **address) {
    thrum_explore_point(address, false);
}

void __tsan_vptr_update(void **address, void *value) {
    (void)value;
    thrum_explore_point(address, true);
}

void __tsan_init(void) {
}

void __tsan_func_entry(void *caller) {
    (void)caller;
}

void __tsan_func_exit(void) {
}

void __tsan_atomic_thread_fence(int order) {
    (void)order;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void __tsan_atomic_signal_fence(int order) {
    (void)order;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

void *__tsan_memcpy(void *to, const void *from, size_t size) {
    __tsan_read_range((void *)(uintptr_t)from, size);
    __tsan_write_range(to, size);
    return memcpy(to, from, size);
}

void *__tsan_memmove(void *to, const void *from, size_t size) {
    __tsan_read_range((void *)(uintptr_t)from, size);
    __tsan_write_range(to, size);
    return memmove(to, from, size);
}

void *__tsan_memset(void *to, int value, size_t size) {
    __tsan_write_range(to, size);
    return memset(to, value, size);
}

#define FETCH(bits, operation)                                                                                       \
    uint##bits##_t __tsan_atomic##bits##_fetch_##operation(volatile uint##bits##_t *address, uint##bits##_t value,   \
                                                           int order) {                                              \
        (void)order;                                                                                                 \
        thrum_explore_point(address, true);                                                                          \
        return __atomic_fetch_##operation(address, value, __ATOMIC_SEQ_CST);                                         \
    }

#define COMPARE_EXCHANGE(bits, strength)                                                                             \
    int __tsan_atomic##bits##_compare_exchange_##strength(volatile uint##bits##_t *address,                          \
                                                          uint##bits##_t *expected, uint##bits##_t value, int order, \
                                                          int failure_order) {                                       \
        (void)order;                                                                                                 \
        (void)failure_order;                                                                                         \
        thrum_explore_point(address, true);                                                                          \
        return __atomic_compare_exchange_n(address, expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);     \
    }

#define ATOMICS(bits)                                                                                                \
    uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *address, int order) {                   \
        (void)order;                                                                                                 \
        thrum_explore_point(address, false);                                                                         \
        return __atomic_load_n(address, __ATOMIC_SEQ_CST);                                                           \
    }                                                                                                                \
    void __tsan_atomic##bits##_store(volatile uint##bits##_t *address, uint##bits##_t value, int order) {            \
        (void)order;                                                                                                 \
        thrum_explore_point(address, true);                                                                          \
        __atomic_store_n(address, value, __ATOMIC_SEQ_CST);                                                          \
    }                                                                                                                \
    uint##bits##_t __tsan_atomic##bits##_exchange(volatile uint##bits##_t *address, uint##bits##_t value,            \
                                                  int order) {                                                       \
        (void)order;                                                                                                 \
        thrum_explore_point(address, true);                                                                          \
        return __atomic_exchange_n(address, value, __ATOMIC_SEQ_CST);                                                \
    }                                                                                                                \
    COMPARE_EXCHANGE(bits, strong)                                                                                   \
    COMPARE_EXCHANGE(bits, weak)                                                                                     \
    FETCH(bits, add)                                                                                                 \
    FETCH(bits, sub)                                                                                                 \
    FETCH(bits, and)                                                                                                 \
    FETCH(bits, or)                                                                                                  \
    FETCH(bits, xor)                                                                                                 \
    FETCH(bits, nand)

ATOMICS(8)
ATOMICS(16)
ATOMICS(32)
ATOMICS(64)
