/* clocks.c - sleeping, and reading the time. */
#include <errno.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <unistd.h>

#include "scene.h"

static int ready;

static void sleep_until(clockid_t clock, long milliseconds) {
    struct timespec until = after(clock, milliseconds);
    EXPECT(clock_nanosleep(clock, TIMER_ABSTIME, &until, NULL) == 0);
    EXPECT(has_come(clock, &until));
}

SCENE(short_sleeps) {
    struct timespec until = after(CLOCK_MONOTONIC, 5), span = {0, 1000000};
    EXPECT(nanosleep(&span, NULL) == 0);
    EXPECT(clock_nanosleep(CLOCK_MONOTONIC, 0, &span, NULL) == 0);
    EXPECT(usleep(1000) == 0);
    EXPECT(poll(NULL, 0, 1) == 0);
    EXPECT(select(0, NULL, NULL, NULL, &(struct timeval){.tv_usec = 1000}) == 0);
    EXPECT(has_come(CLOCK_MONOTONIC, &until));
    sleep_until(CLOCK_MONOTONIC, 1);
    sleep_until(CLOCK_REALTIME, 1);
    EXPECT(nanosleep(&(struct timespec){.tv_nsec = -1}, NULL) == -1 && errno == EINVAL);
    EXPECT(clock_nanosleep(CLOCK_REALTIME, 0, &(struct timespec){.tv_sec = -1}, NULL) == EINVAL);
}

/* A year passes in no time: on all clocks. */
SCENE(long_sleeps) {
    const long year = 365L * 24 * 3600;
    struct timespec then, now;
    struct timeval day, next_day;
    time_t begin = time(NULL), end;
    gettimeofday(&day, NULL);
    timespec_get(&then, TIME_UTC);
    for (int i = 0; i < 365; i++)
        EXPECT(sleep(24 * 3600) == 0);
    EXPECT(time(&end) >= begin + year && end <= begin + year + 1);
    gettimeofday(&next_day, NULL);
    EXPECT(timespec_get(&now, TIME_UTC) == TIME_UTC);
    EXPECT(next_day.tv_sec >= day.tv_sec + year && now.tv_sec >= then.tv_sec + year);
}

static void *prepare(void *arg) {
    sleep(1);
    ready = 1;
    return arg;
}

/* Two seconds are enough, are they not? */
static void *rely_on_time(void *arg) {
    sleep(2);
    EXPECT(ready);
    return arg;
}

SCENE(sleeping_as_a_signal) {
    TOGETHER(prepare, rely_on_time);
}

/* Time that a thread uses is the processor's, and real. */
SCENE(used_time) {
    struct timespec used;
    EXPECT(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) == 0 && used.tv_sec < 60);
    EXPECT(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0 && used.tv_sec < 60);
}
