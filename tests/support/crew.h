/* crew.h - the threads of a test, and how the test knows that they wait.
 *
 *     crew c = {0};
 *     crew_start(&c, 3, body, &shared);          three pthreads: body(0, &shared), body(1, &shared), ...
 *     until_waiting(&lock, 3);                   all three sleep on the lock: no sleep "to give them time"
 *     ...
 *     crew_join(&c);
 *
 * The crew are plain pthreads, which the library meets as foreign threads: a test of a lock does not depend on
 * Thread. What a thread waits for is read in the waiting room, so such a test links thrum_internal_dep.
 */
#ifndef TEST_CREW_H
#define TEST_CREW_H

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <thrum.h>

#include "park/queue.h"
#include "park/record.h"
#include "test.h"

#if defined(__SANITIZE_THREAD__)
#define TEST_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TEST_TSAN 1
#endif
#endif
#ifndef TEST_TSAN
#define TEST_TSAN 0
#endif

/* A limit that must run out, and one that must not. */
#define TINY thrum_milliseconds(2)
#define AGES thrum_seconds(100000)

/* Poll until something is true; the test's own time limit is the only deadline. */
#define UNTIL(condition)                                                                                             \
    do {                                                                                                             \
        while (!(condition))                                                                                         \
            sched_yield();                                                                                           \
    } while (0)

/* Numbers that threads of a test share. */
static inline int get(const int *number) {
    return __atomic_load_n(number, __ATOMIC_SEQ_CST);
}
static inline void put(int *number, int value) {
    __atomic_store_n(number, value, __ATOMIC_SEQ_CST);
}
static inline int add(int *number, int n) {
    return __atomic_add_fetch(number, n, __ATOMIC_SEQ_CST);
}

enum { CREW_MAX = 64 };

typedef void crew_body(int index, void *arg);

typedef struct crew_member {
    crew_body *body;
    void *arg;
    int index;
    pthread_t thread;
} crew_member;

typedef struct crew {
    int size;
    crew_member members[CREW_MAX];
} crew;

static inline void *crew_main_(void *arg) {
    crew_member *self = (crew_member *)arg;
    self->body(self->index, self->arg);
    return NULL;
}

/* Start `n` more threads; the first of a crew has index 0. */
static inline void crew_start(crew *c, int n, crew_body *body, void *arg) {
    CHECK_LE(c->size + n, CREW_MAX);
    for (; n > 0; n--, c->size++) {
        crew_member *member = &c->members[c->size];
        *member = (crew_member){body, arg, c->size, 0};
        CHECK_EQ(pthread_create(&member->thread, NULL, crew_main_, member), 0);
    }
}

static inline void crew_join(crew *c) {
    while (c->size > 0)
        CHECK_EQ(pthread_join(c->members[--c->size].thread, NULL), 0);
}

/* A thread of the library's own, started. The caller unrefs it. */
static inline thrum_thread *spawn(const char *name, thrum_target *target, void *arg) {
    thrum_thread *thread = NULL;
    thrum_thread_options options = {.name = name};
    CHECK_EQ(thrum_thread_new(&thread, target, arg, &options), 0);
    CHECK_EQ(thrum_thread_start(thread), 0);
    return thread;
}

/* Wait until such a thread has ended, and drop it. */
static inline void reap(thrum_thread *thread) {
    CHECK_EQ(thrum_thread_join(thread), 0);
    CHECK(!thrum_thread_unref(thread));
}

/* How many threads sleep on an object of the library: queued, and past the check for a deadlock. */
typedef struct crew_count_ {
    const void *object;
    int waiting;
} crew_count_;

static inline bool crew_count_waiter_(thrum__record *record, void *arg) {
    crew_count_ *count = (crew_count_ *)arg;
    const void *key = __atomic_load_n(&record->key, __ATOMIC_SEQ_CST); /* a hint: looked at again under the latch */
    if (!key)
        return true;
    thrum__queue *queue = thrum__queue_lock(key);
    if (__atomic_load_n(&record->key, __ATOMIC_SEQ_CST) == key &&
        __atomic_load_n(&record->word, __ATOMIC_SEQ_CST) == THRUM__ASLEEP)
        count->waiting += record->wait.object == count->object;
    thrum__queue_unlock(queue);
    return true;
}

static inline int waiting_for(const void *object) {
    crew_count_ count = {object, 0};
    thrum__record_each(crew_count_waiter_, &count);
    return count.waiting;
}

static inline void until_waiting(const void *object, int n) {
    UNTIL(waiting_for(object) == n);
}

/* What thrum_dump() says now. The text is the caller's to free. */
static inline char *dump_text(void) {
    int fd = memfd_create("dump", MFD_CLOEXEC);
    CHECK_GE(fd, 0);
    CHECK_EQ(thrum_dump(fd), 0);
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = (char *)calloc(1, (size_t)size + 1);
    CHECK(text);
    CHECK_EQ(pread(fd, text, (size_t)size, 0), size);
    close(fd);
    return text;
}

/* How many lines of the dump contain both words. */
static inline int dump_lines(const char *a, const char *b) {
    char *text = dump_text(), *rest = text;
    int lines = 0;
    for (char *line; (line = strsep(&rest, "\n"));)
        lines += strstr(line, a) && strstr(line, b);
    free(text);
    return lines;
}

/* The number after "waiters=" in a repr. */
static inline int waiters_in(const char *repr) {
    const char *at = strstr(repr, "waiters=");
    CHECK(at);
    return atoi(at + strlen("waiters="));
}

static inline int condition_waiters(const thrum_condition *cond) {
    char repr[200];
    CHECK_LT(thrum_condition_repr(cond, repr, sizeof repr), sizeof repr);
    return waiters_in(repr);
}

#endif
