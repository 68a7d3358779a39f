/* races_memory.c - the same for atomic operations, by their orders, and for memory that comes and goes. */
#include <stdatomic.h>
#include <stdlib.h>

#include "bugs.h"
#include "races.h"

enum { WRITER, READER };

static int value; /* what it is all about */
static _Thread_local volatile int sink;

static void use(intptr_t who) {
    if (who == WRITER)
        value = 42;
    else
        sink = value;
}

static atomic_int flag;
static memory_order store_order, load_order;
static bool fences;

static int publish(void *arg) {
    if ((intptr_t)arg == WRITER) {
        use(WRITER);
        if (fences)
            atomic_thread_fence(memory_order_release);
        atomic_store_explicit(&flag, 1, store_order);
    } else if (atomic_load_explicit(&flag, load_order)) {
        if (fences)
            atomic_thread_fence(memory_order_acquire);
        use(READER);
    }
    return 0;
}

static void published(memory_order store, memory_order load, bool with_fences) {
    store_order = store;
    load_order = load;
    fences = with_fences;
    atomic_store_explicit(&flag, 0, memory_order_relaxed);
    crew(2, publish);
}

void release_acquire(void *arg) {
    (void)arg;
    published(memory_order_release, memory_order_acquire, false);
}

void relaxed_store(void *arg) {
    (void)arg;
    published(memory_order_relaxed, memory_order_acquire, false);
}

void relaxed_load(void *arg) {
    (void)arg;
    published(memory_order_release, memory_order_relaxed, false);
}

void relaxed_with_fences(void *arg) {
    (void)arg;
    published(memory_order_relaxed, memory_order_relaxed, true);
}

/* An exchange goes on with another thread's release sequence; a relaxed store ends it. */
static bool by_store;

static int relay(void *arg) {
    if ((intptr_t)arg == 0) {
        use(WRITER);
        atomic_store_explicit(&flag, 1, memory_order_release);
    } else if ((intptr_t)arg == 1) {
        int one = 1;
        if (!by_store)
            atomic_compare_exchange_strong_explicit(&flag, &one, 2, memory_order_relaxed, memory_order_relaxed);
        else if (atomic_load_explicit(&flag, memory_order_relaxed) == 1)
            atomic_store_explicit(&flag, 2, memory_order_relaxed);
    } else if (atomic_load_explicit(&flag, memory_order_acquire) == 2) {
        use(READER);
    }
    return 0;
}

void relayed_by_exchange(void *arg) {
    (void)arg;
    by_store = false;
    atomic_store_explicit(&flag, 0, memory_order_relaxed);
    crew(3, relay);
}

void relayed_by_store(void *arg) {
    (void)arg;
    by_store = true;
    atomic_store_explicit(&flag, 0, memory_order_relaxed);
    crew(3, relay);
}

/* An atomic operation here, a plain one there. */
static int half_atomic(void *arg) {
    if (arg)
        atomic_fetch_add_explicit(&flag, 1, memory_order_seq_cst);
    else
        sink = *(volatile int *)&flag;
    return 0;
}

void mixed(void *arg) {
    (void)arg;
    crew(2, half_atomic);
}

static int all_atomic(void *arg) {
    (void)arg;
    atomic_fetch_add_explicit(&flag, 1, memory_order_relaxed);
    return 0;
}

void only_atomic(void *arg) {
    (void)arg;
    crew(3, all_atomic);
}

/* A comparison that fails has written nothing. */
static int compare_in_vain(void *arg) {
    int never = -1;
    if (arg)
        atomic_compare_exchange_strong_explicit(&flag, &never, 7, memory_order_relaxed, memory_order_relaxed);
    else
        sink = *(volatile int *)&flag;
    return 0;
}

void compared_in_vain(void *arg) {
    (void)arg;
    crew(2, compare_in_vain);
}

/* Memory: the same address in another life; and memory that is in use when it is given back. */
static int churn(void *arg) {
    (void)arg;
    for (int i = 0; i < 3; i++) {
        volatile int *block = malloc(sizeof *block);
        if (!block)
            abort();
        *block = i;
        free((void *)(uintptr_t)block);
    }
    return 0;
}

void used_again(void *arg) {
    (void)arg;
    crew(2, churn);
}

static int *shared_block;

static int look_or_free(void *arg) {
    if (arg)
        free(shared_block);
    else
        *shared_block = 1;
    return 0;
}

void freed_in_use(void *arg) {
    (void)arg;
    shared_block = malloc(sizeof *shared_block);
    if (shared_block)
        crew(2, look_or_free);
}
