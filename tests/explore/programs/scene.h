/* scene.h - a program for `thrum explore` that has many small scenes: `./program NAME` plays one of them and ends
 * with 0 when all in it was as expected, with 1 otherwise; `./program` names them all.
 *
 * The scenes know nothing of exploration. What passes in test_scenes.c passes by itself, too: that is how it is known
 * that the models behave as the C library does.
 */
#ifndef SCENE_H
#define SCENE_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct scene {
    const char *name;
    void (*play)(void);
    struct scene *next;
} scene;

static scene *scenes;

#define SCENE(name_)                                                                                                 \
    static void play_##name_(void);                                                                                  \
    __attribute__((constructor)) static void register_##name_(void) {                                                \
        static scene self = {#name_, play_##name_, NULL};                                                            \
        self.next = scenes;                                                                                          \
        scenes = &self;                                                                                              \
    }                                                                                                                \
    static void play_##name_(void)

#define EXPECT(condition)                                                                                            \
    do {                                                                                                             \
        if (!(condition)) {                                                                                          \
            fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition);                                \
            exit(1);                                                                                                 \
        }                                                                                                            \
    } while (0)

/* Run the functions in threads of their own, at the same time, and wait for all. */
static inline void together(size_t count, void *(*const functions[])(void *arg)) {
    pthread_t threads[8];
    for (size_t i = 0; i < count; i++)
        EXPECT(pthread_create(&threads[i], NULL, functions[i], NULL) == 0);
    for (size_t i = 0; i < count; i++)
        EXPECT(pthread_join(threads[i], NULL) == 0);
}
#define TOGETHER(...)                                                                                                \
    together(sizeof((void *(*[])(void *)){__VA_ARGS__}) / sizeof(void *), (void *(*const[])(void *)){__VA_ARGS__})

/* Now, and some milliseconds later, on a clock. */
static inline struct timespec after(clockid_t clock, long milliseconds) {
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_nsec += milliseconds * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

/* Whether `clock` has come to `time`. */
static inline int has_come(clockid_t clock, const struct timespec *time) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec > time->tv_sec || (now.tv_sec == time->tv_sec && now.tv_nsec >= time->tv_nsec);
}

int main(int argc, char **argv) {
    for (const scene *s = scenes; s; s = s->next) {
        if (argc == 1)
            puts(s->name);
        else if (strcmp(s->name, argv[1]) == 0) {
            s->play();
            return 0;
        }
    }
    return argc == 1 ? 0 : 2;
}

#endif
