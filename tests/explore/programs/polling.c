/* polling.c - threads that ask in a loop, without a pause, for what another brings about.
 *
 *     polling lock     whether it is done, under a lock
 *     polling try      for a lock, with trylock
 *     polling futex    a word, with a wait that is over at once
 *     polling each     two that wait for each other in this way: a livelock */
#include <linux/futex.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { rounds = 5, most = 2 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, held = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int done;
static uint32_t word;

static int done_so_far(void) {
    pthread_mutex_lock(&mutex);
    int so_far = done;
    pthread_mutex_unlock(&mutex);
    return so_far;
}

static void add(void) {
    pthread_mutex_lock(&mutex);
    done++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static void *work(void *arg) {
    for (int i = 0; i < rounds; i++)
        add();
    return arg;
}

static void *ask(void *arg) {
    while (done_so_far() < rounds)
        ;
    return arg;
}

static void *hold(void *arg) {
    pthread_mutex_lock(&held);
    work(NULL);
    pthread_mutex_unlock(&held);
    return arg;
}

static void *try_to_hold(void *arg) {
    while (done_so_far() == 0 || pthread_mutex_trylock(&held) != 0)
        ;
    pthread_mutex_unlock(&held);
    return arg;
}

static void *set_word(void *arg) {
    work(NULL);
    __atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
    return arg;
}

static void *look_at_word(void *arg) {
    while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 0)
        (void)syscall(SYS_futex, &word, FUTEX_WAIT, 2, NULL, NULL, 0);
    return arg;
}

static void *ask_first(void *arg) {
    ask(NULL);
    return work(arg);
}

static const struct pair {
    const char *name;
    void *(*functions[most])(void *arg);
} pairs[] = {{"lock", {ask, work}},
             {"try", {try_to_hold, hold}},
             {"futex", {look_at_word, set_word}},
             {"each", {ask_first, ask_first}}};

int main(int argc, char **argv) {
    pthread_t threads[most];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (argc != 2 || strcmp(argv[1], pairs[i].name) != 0)
            continue;
        for (int t = 0; t < most; t++)
            if (pthread_create(&threads[t], NULL, pairs[i].functions[t], NULL) != 0)
                return 2;
        for (int t = 0; t < most; t++)
            pthread_join(threads[t], NULL);
        return 0;
    }
    return 2;
}
