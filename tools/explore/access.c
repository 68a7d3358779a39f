/* access.c - every access to memory as a place where threads may change, and data races.
 *
 * Code that is compiled with -fsanitize=thread calls a function before each access to memory that other threads might
 * see. A program that is linked with this library, in place of the compiler's, explores between those accesses, and
 * two of them that nothing orders are a failure:
 *
 *     cc -fsanitize=thread -g -c program.c
 *     cc program.o -lthrum-access -lthrum -o program
 *     thrum explore ./program
 *
 * Without exploration each function returns at once. clang joins the read and the write of `x++` unless it is told
 * -mllvm -tsan-instrument-read-before-write=1; gcc shows both. Atomic operations are carried out as sequentially
 * consistent ones, and order as much as their memory orders say.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <thrum/explore/access.h>

#include "access.h"

/* The compiler's interface, as gcc and clang document it in their ThreadSanitizer runtimes' headers. Nobody else
 * calls these. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define ACCESS(name, size, kind)                                                                                     \
    void name(void *address) {                                                                                       \
        thrum_explore_access(address, size, kind, THRUM_EXPLORE_HERE);                                               \
    }
#define ACCESSES(size)                                                                                               \
    ACCESS(__tsan_read##size, size, THRUM_EXPLORE_READ)                                                              \
    ACCESS(__tsan_unaligned_read##size, size, THRUM_EXPLORE_READ)                                                    \
    ACCESS(__tsan_volatile_read##size, size, THRUM_EXPLORE_READ)                                                     \
    ACCESS(__tsan_unaligned_volatile_read##size, size, THRUM_EXPLORE_READ)                                           \
    ACCESS(__tsan_write##size, size, THRUM_EXPLORE_WRITE)                                                            \
    ACCESS(__tsan_unaligned_write##size, size, THRUM_EXPLORE_WRITE)                                                  \
    ACCESS(__tsan_volatile_write##size, size, THRUM_EXPLORE_WRITE)                                                   \
    ACCESS(__tsan_unaligned_volatile_write##size, size, THRUM_EXPLORE_WRITE)                                         \
    ACCESS(__tsan_read_write##size, size, THRUM_EXPLORE_WRITE)                                                       \
    ACCESS(__tsan_unaligned_read_write##size, size, THRUM_EXPLORE_WRITE)

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)
ACCESS(__tsan_vptr_read, sizeof(void *), THRUM_EXPLORE_READ)

static void access_range(const void *address, size_t size, uint32_t kind, const void *site) {
    if (size > 0)
        thrum_explore_access(address, size, kind, site);
}

void __tsan_read_range(void *address, size_t size) {
    access_range(address, size, THRUM_EXPLORE_READ, THRUM_EXPLORE_HERE);
}

void __tsan_write_range(void *address, size_t size) {
    access_range(address, size, THRUM_EXPLORE_WRITE, THRUM_EXPLORE_HERE);
}

void __tsan_vptr_update(void **address, void *value) {
    (void)value;
    thrum_explore_access(address, sizeof value, THRUM_EXPLORE_WRITE, THRUM_EXPLORE_HERE);
}

/* Called once for each instrumented file, before main(). */
void __tsan_init(void) {
    access_watch_memory();
}

void __tsan_func_entry(void *caller) {
    (void)caller;
}

void __tsan_func_exit(void) {
}

void __tsan_atomic_thread_fence(int order) {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    thrum_explore_fence(order);
}

void __tsan_atomic_signal_fence(int order) {
    (void)order;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

void *__tsan_memcpy(void *to, const void *from, size_t size) {
    access_range(from, size, THRUM_EXPLORE_READ, THRUM_EXPLORE_HERE);
    access_range(to, size, THRUM_EXPLORE_WRITE, THRUM_EXPLORE_HERE);
    return memcpy(to, from, size);
}

void *__tsan_memmove(void *to, const void *from, size_t size) {
    access_range(from, size, THRUM_EXPLORE_READ, THRUM_EXPLORE_HERE);
    access_range(to, size, THRUM_EXPLORE_WRITE, THRUM_EXPLORE_HERE);
    return memmove(to, from, size);
}

void *__tsan_memset(void *to, int value, size_t size) {
    access_range(to, size, THRUM_EXPLORE_WRITE, THRUM_EXPLORE_HERE);
    return memset(to, value, size);
}

enum { ATOMIC_READ = THRUM_EXPLORE_ATOMIC, ATOMIC_WRITE = THRUM_EXPLORE_ATOMIC | THRUM_EXPLORE_WRITE };

/* The place of an atomic operation on a word of this many bits. */
#define PLACE(bits, kind) thrum_explore_access(address, (bits) / 8, kind, THRUM_EXPLORE_HERE)

#define FETCH(bits, operation)                                                                                       \
    uint##bits##_t __tsan_atomic##bits##_fetch_##operation(volatile uint##bits##_t *address, uint##bits##_t value,   \
                                                           int order) {                                              \
        PLACE(bits, ATOMIC_WRITE);                                                                                   \
        uint##bits##_t before = __atomic_fetch_##operation(address, value, __ATOMIC_SEQ_CST);                        \
        thrum_explore_ordered(address, THRUM_EXPLORE_EXCHANGE, order);                                               \
        return before;                                                                                               \
    }

#define COMPARE_AND_EXCHANGE(bits)                                                                                   \
    static bool compare_exchange##bits(volatile uint##bits##_t *address, uint##bits##_t *expected,                   \
                                       uint##bits##_t value, int order, int failure_order, const void *site) {       \
        thrum_explore_access(address, (bits) / 8, THRUM_EXPLORE_ATOMIC | THRUM_EXPLORE_COMPARE, site);               \
        bool done =                                                                                                  \
            __atomic_compare_exchange_n(address, expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);        \
        if (done)                                                                                                    \
            thrum_explore_accessed(address, (bits) / 8, ATOMIC_WRITE, site);                                         \
        thrum_explore_ordered(address, done ? THRUM_EXPLORE_EXCHANGE : THRUM_EXPLORE_LOAD,                           \
                              done ? order : failure_order);                                                         \
        return done;                                                                                                 \
    }                                                                                                                \
    /* clang's form: the value before, in place of an answer. */                                                     \
    uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(volatile uint##bits##_t *address,                      \
                                                              uint##bits##_t expected, uint##bits##_t value,         \
                                                              int order, int failure_order) {                        \
        compare_exchange##bits(address, &expected, value, order, failure_order, THRUM_EXPLORE_HERE);                 \
        return expected;                                                                                             \
    }

#define COMPARE_EXCHANGE(bits, strength)                                                                             \
    int __tsan_atomic##bits##_compare_exchange_##strength(volatile uint##bits##_t *address,                          \
                                                          uint##bits##_t *expected, uint##bits##_t value, int order, \
                                                          int failure_order) {                                       \
        return compare_exchange##bits(address, expected, value, order, failure_order, THRUM_EXPLORE_HERE);           \
    }

#define ATOMICS(bits)                                                                                                \
    uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *address, int order) {                   \
        PLACE(bits, ATOMIC_READ);                                                                                    \
        uint##bits##_t value = __atomic_load_n(address, __ATOMIC_SEQ_CST);                                           \
        thrum_explore_ordered(address, THRUM_EXPLORE_LOAD, order);                                                   \
        return value;                                                                                                \
    }                                                                                                                \
    void __tsan_atomic##bits##_store(volatile uint##bits##_t *address, uint##bits##_t value, int order) {            \
        PLACE(bits, ATOMIC_WRITE);                                                                                   \
        __atomic_store_n(address, value, __ATOMIC_SEQ_CST);                                                          \
        thrum_explore_ordered(address, THRUM_EXPLORE_STORE, order);                                                  \
    }                                                                                                                \
    uint##bits##_t __tsan_atomic##bits##_exchange(volatile uint##bits##_t *address, uint##bits##_t value,            \
                                                  int order) {                                                       \
        PLACE(bits, ATOMIC_WRITE);                                                                                   \
        uint##bits##_t before = __atomic_exchange_n(address, value, __ATOMIC_SEQ_CST);                               \
        thrum_explore_ordered(address, THRUM_EXPLORE_EXCHANGE, order);                                               \
        return before;                                                                                               \
    }                                                                                                                \
    COMPARE_AND_EXCHANGE(bits)                                                                                       \
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
