/* floor.h - one thread, and no pool. */
static inline void peer_pool_open(void) {
}

static inline void peer_pool_map(const uint64_t *from, uint64_t *to, long count) {
    pool_items(from, to, count);
}

static __attribute__((noinline)) long peer_pool_fib(int n) {
    return n < 2 ? n : peer_pool_fib(n - 1) + peer_pool_fib(n - 2);
}
