/* thrum/explore/access.h - for those who watch memory: every access a place where threads change, and data races.
 *
 * The idea
 *   Two accesses to the same memory by two threads, one of them a write, are a data race when nothing orders them: no
 *   lock, no wake-up, no atomic operation. The language promises nothing about a program that has one, and it fails
 *   when it likes. Whoever sees each access and each thing that orders can tell without waiting for the failure.
 *   Under thrum_explore() the library knows what orders; code that is compiled with -fsanitize=thread and linked with
 *   thrum-access tells it the accesses, by these functions:
 *
 *       cc -fsanitize=thread -g -c test.c && cc test.o -lthrum-access -lthrum -o test
 *
 *   Nobody else needs this header, but an instrumentation of one's own can use it in the same way:
 *
 *       thrum_explore_watch_memory();                                                   once, before main()
 *       ...
 *       thrum_explore_access(&x, sizeof x, THRUM_EXPLORE_WRITE, THRUM_EXPLORE_HERE);    before x = 1
 *
 * How it decides: a clock per thread, and per object that orders, that counts what of each thread comes before
 * (vector clocks, Mattern 1989; kept short as in FastTrack, Flanagan and Freund 2009). An order that the library does
 * not see, such as by a pipe, is none to it.
 */
#ifndef THRUM_EXPLORE_ACCESS_H
#define THRUM_EXPLORE_ACCESS_H

#include <thrum/base.h>

/* What is done to memory; a set of bits. */
enum {
    THRUM_EXPLORE_READ = 0,
    THRUM_EXPLORE_WRITE = 1,
    THRUM_EXPLORE_ATOMIC = 2, /* together with one of these: two atomic accesses are no data race */
    THRUM_EXPLORE_FREED = 4,  /* together with WRITE: the memory is given back */
    THRUM_EXPLORE_COMPARE = 8 /* together with ATOMIC: it reads, and will perhaps write */
};

/* What an atomic operation does. */
typedef enum thrum_explore_atomic {
    THRUM_EXPLORE_LOAD,
    THRUM_EXPLORE_STORE,
    THRUM_EXPLORE_EXCHANGE /* reads and writes */
} thrum_explore_atomic;

/* The place of a call, as a report shows it. */
#define THRUM_EXPLORE_HERE __builtin_return_address(0)

THRUM_BEGIN_DECLS

/* Say that this program tells of its accesses: from the next exploration on the library keeps the clocks that it
 * needs to judge them.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_explore_watch_memory(void);

/* A place where threads may change, before an access of the kind `kind` to `size` bytes at `address`, made by the
 * code at `site`. A data race with an earlier access ends the schedule as failed.
 * Threads: any.  Signals: unsafe.  Blocks: until this thread is chosen again. */
THRUM_API void thrum_explore_access(const volatile void *address, size_t size, uint32_t kind, const void *site);

/* After an atomic operation at `address`: what it orders, by its memory order, one of __ATOMIC_RELAXED and its kin. A
 * comparison that failed is a LOAD with the order for failure.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_explore_ordered(const volatile void *address, thrum_explore_atomic operation, int order);

/* After a fence of this memory order.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_explore_fence(int order);

/* The same, without a change of threads: for a write after a comparison, and for memory that is given back, of which
 * only the bytes that were accessed before count.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_explore_accessed(const volatile void *address, size_t size, uint32_t kind, const void *site);

/* `size` bytes at `address` are new: what was done to them in an earlier life does not count.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API void thrum_explore_allocated(const void *address, size_t size);

THRUM_END_DECLS

#endif
