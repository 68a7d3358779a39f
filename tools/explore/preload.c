/* preload.c - main() as a test; which calls are the program's; and the table of objects. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload.h"

enum { buckets = 1024, status_failed = 1, status_refused = 2 };

static preload_object *table[buckets]; /* used by the thread that has its turn only */
static const void *own_base, *thrum_base, *libc_base;

static const void *base_of(const void *address) {
    Dl_info info;
    return address && dladdr(address, &info) ? info.dli_fbase : NULL;
}

void *preload_next(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) {
        fprintf(stderr, "thrum explore: the C library has no %s\n", name);
        abort();
    }
    return function;
}

bool preload_takes(const void *caller) {
    if (!thrum_explore_active())
        return false;
    const void *base = base_of(caller);
    return base != own_base && base != thrum_base && base != libc_base;
}

static preload_object **place_of(const void *address, preload_kind kind) {
    preload_object **place = &table[((uintptr_t)address >> 3) % buckets];
    while (*place && ((*place)->address != address || (*place)->kind != kind))
        place = &(*place)->next;
    return place;
}

preload_object *preload_object_of(const void *address, preload_kind kind, bool *ret_new) {
    preload_object **place = place_of(address, kind);
    *ret_new = !*place;
    if (*place)
        return *place;
    preload_object *object = calloc(1, sizeof *object);
    if (!object) {
        fputs("thrum explore: no memory\n", stderr);
        abort();
    }
    object->address = address;
    object->kind = kind;
    return *place = object;
}

void preload_forget(const void *address, preload_kind kind) {
    preload_object **place = place_of(address, kind), *object = *place;
    if (!object)
        return;
    *place = object->next;
    free(object);
}

typedef int main_function(int argc, char **argv, char **envp);

static struct {
    main_function *main;
    int argc;
    char **argv, **envp;
} program;

/* What the program prints in its many lives is not for the terminal, unless asked for. */
static void be_quiet(void) {
    int null = getenv("THRUM_EXPLORE_OUTPUT") ? -1 : open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0)
        return;
    dup2(null, 1);
    close(null);
}

static void run_program(void *arg) {
    (void)arg;
    be_quiet();
    int status = program.main(program.argc, program.argv, program.envp);
    fflush(NULL);
    if (status != 0)
        thrum_explore_fail("  main returned %d", status);
}

static uint64_t number_from(const char *name) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 0) : 0;
}

/* In place of main(): explore it. The program's own children are not explored. */
static int explore_main(int argc, char **argv, char **envp) {
    static thrum_explore_result result;
    thrum_explore_options options = {.name = argv[0],
                                     .schedules = (uint32_t)number_from("THRUM_EXPLORE_SCHEDULES"),
                                     .budget = thrum_seconds((double)number_from("THRUM_EXPLORE_SECONDS")),
                                     .seed = number_from("THRUM_SEED"),
                                     .allow_races = number_from("THRUM_EXPLORE_ALLOW_RACES"),
                                     .isolate = true};
    program.argc = argc;
    program.argv = argv;
    program.envp = envp;
    unsetenv("LD_PRELOAD");
    int r = thrum_explore(run_program, NULL, &options, &result);
    if (r < 0) {
        fprintf(stderr, "thrum explore: %s: %s\n", argv[0], thrum_strerror(r));
        return status_refused;
    }
    fputs(result.text, stderr);
    return r == THRUM_EXPLORE_FAILED ? status_failed : 0;
}

/* The C library's start of a program, by which we get hold of main. */
int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end);
int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end) {
    NEXT(__libc_start_main);
    own_base = base_of((const void *)(uintptr_t)&preload_takes);
    thrum_base = base_of((const void *)(uintptr_t)&thrum_explore);
    libc_base = base_of((const void *)(uintptr_t)next___libc_start_main);
    program.main = main;
    return next___libc_start_main(getenv("THRUM_EXPLORE") ? explore_main : main, argc, argv, init, fini, rtld_fini,
                                  stack_end);
}
