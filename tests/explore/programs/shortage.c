/* shortage.c - a program whose calls may fail, one that it is told of: is it ready for that?
 *
 *     shortage CALL             it is: without memory it does without, and what was interrupted it calls again
 *     shortage careless CALL    it is not, and crashes, or comes to a wrong end */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static bool careless;
static volatile char *seen; /* so that the compiler leaves nothing out */
static int ends[2];
static sem_t semaphore;

/* Memory. */

static bool fill(char *block, size_t size) {
    seen = block;
    if (block || careless)
        for (size_t i = 0; i < size; i++)
            seen[i] = 'x';
    free(block);
    return true;
}

static bool with_malloc(void) {
    return fill(malloc(10), 10);
}

static bool with_calloc(void) {
    return fill(calloc(2, 5), 10);
}

static bool with_realloc(void) {
    char *block = malloc(1), *grown = block ? realloc(block, 10) : NULL;
    if (!grown && !careless)
        free(block);
    return block ? fill(grown, 10) : true;
}

static bool with_posix_memalign(void) {
    void *block = NULL;
    int r = posix_memalign(&block, 64, 10);
    return (r == 0 || r == ENOMEM) && fill(block, 10);
}

static bool with_strdup(void) {
    char *copy = strdup("thrum");
    seen = copy;
    bool good = (!copy && !careless) || seen[0] == 't';
    free(copy);
    return good;
}

static void *return_at_once(void *arg) {
    return arg;
}

static bool with_pthread_create(void) {
    pthread_t thread;
    int r = pthread_create(&thread, NULL, return_at_once, NULL);
    if (r == 0)
        pthread_join(thread, NULL);
    return r == 0 || (r == EAGAIN && !careless);
}

/* Interruptions. */

/* Whether to call again what returned `r`. */
static bool again(long r) {
    return r < 0 && errno == EINTR && !careless;
}

static bool with_read(void) {
    char c;
    ssize_t n;
    do
        n = read(ends[0], &c, 1);
    while (again(n));
    return n == 1 && c == 'x';
}

static bool with_poll(void) {
    struct pollfd descriptor = {.fd = ends[0], .events = POLLIN};
    int n;
    do
        n = poll(&descriptor, 1, -1);
    while (again(n));
    return n == 1 && with_read();
}

static bool with_select(void) {
    fd_set set;
    int n;
    do {
        FD_ZERO(&set);
        FD_SET(ends[0], &set);
        n = select(ends[0] + 1, &set, NULL, NULL, NULL);
    } while (again(n));
    return n == 1 && with_read();
}

static bool with_epoll(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC), n;
    struct epoll_event event = {.events = EPOLLIN};
    if (fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, ends[0], &event) < 0)
        return false;
    do
        n = epoll_wait(fd, &event, 1, -1);
    while (again(n));
    close(fd);
    return n == 1 && with_read();
}

static bool with_sem_wait(void) {
    int r;
    do
        r = sem_wait(&semaphore);
    while (again(r));
    return r == 0;
}

static bool with_nanosleep(void) {
    struct timespec left = {.tv_sec = 1}, begin, end;
    int r;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do
        r = nanosleep(&left, &left);
    while (again(r));
    clock_gettime(CLOCK_MONOTONIC, &end);
    return end.tv_sec > begin.tv_sec;
}

static bool with_sleep(void) {
    unsigned left = 1;
    do
        left = sleep(left);
    while (left > 0 && !careless);
    return left == 0;
}

static bool with_waitpid(void) {
    int status;
    pid_t child = fork(), r;
    if (child == 0)
        _exit(3);
    do
        r = waitpid(child, &status, 0);
    while (again(r));
    return r == child && WEXITSTATUS(status) == 3;
}

static const struct scene {
    const char *name;
    bool (*run)(void);
} scenes[] = {{"malloc", with_malloc},     {"calloc", with_calloc},
              {"realloc", with_realloc},   {"posix_memalign", with_posix_memalign},
              {"strdup", with_strdup},     {"pthread_create", with_pthread_create},
              {"read", with_read},         {"poll", with_poll},
              {"select", with_select},     {"epoll_wait", with_epoll},
              {"sem_wait", with_sem_wait}, {"nanosleep", with_nanosleep},
              {"sleep", with_sleep},       {"waitpid", with_waitpid}};

/* What those who wait wait for comes late, or early. */
static void *bring(void *arg) {
    (void)!write(ends[1], "x", 1);
    sem_post(&semaphore);
    return arg;
}

static bool run(const struct scene *scene) {
    pthread_t helper;
    if (pipe2(ends, O_CLOEXEC) < 0 || sem_init(&semaphore, 0, 0) < 0)
        return false;
    if (pthread_create(&helper, NULL, bring, NULL) != 0)
        return true;
    bool good = scene->run();
    pthread_join(helper, NULL);
    return good;
}

int main(int argc, char **argv) {
    careless = argc == 3 && strcmp(argv[1], "careless") == 0;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        if (argc > 1 && strcmp(argv[argc - 1], scenes[i].name) == 0)
            return run(&scenes[i]) ? 0 : 1;
    return 2;
}
