/* example.h - what every example needs and none is about: start, join, one option.
 *
 * countdown2 shows the calls behind start() and join() in full.
 */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <thrum.h>

/* End the program when a call that has no reason to fail did. */
static inline void must(int result, const char *call) {
    if (result < 0) {
        fprintf(stderr, "%s: %s: %s\n", call, thrum_error_name(result), thrum_strerror(result));
        exit(EXIT_FAILURE);
    }
}

/* Thread(target=target, args=(arg,), name=name).start() */
static inline thrum_thread *start(thrum_target *target, void *arg, const char *name) {
    thrum_thread *thread;
    must(thrum_thread_new(&thread, target, arg, &(thrum_thread_options){.name = name}), "thrum_thread_new");
    must(thrum_thread_start(thread), "thrum_thread_start");
    return thread;
}

/* thread.join(), and we are done with the object. */
static inline void join(thrum_thread *thread) {
    must(thrum_thread_join(thread), "thrum_thread_join");
    thrum_thread_unref(thread);
}

static inline const char *my_name(void) {
    return thrum_thread_name(thrum_current_thread());
}

/* The value of the one option that a program has, as in `--seconds 2.5`, or `usual` when it is not given. A program
 * that can go on for ever takes `--forever` in place of `--seconds N`. */
static inline double option(int argc, char **argv, const char *name, double usual) {
    if (argc == 1)
        return usual;
    if (argc == 2 && strcmp(name, "--seconds") == 0 && strcmp(argv[1], "--forever") == 0)
        return INFINITY;
    char *end = NULL;
    double value = argc == 3 && strcmp(argv[1], name) == 0 ? strtod(argv[2], &end) : -1;
    if (!end || end == argv[2] || *end != '\0' || !(value >= 0)) {
        fprintf(stderr, "usage: %s [%s N]\n", argv[0], name);
        exit(2);
    }
    return value;
}

#endif
