/* loaded.c - the library that is loaded before the C library: whose call it is, and the start of the program. */
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include "preload.h"
#include "program.h"

enum { libraries = 5 }; /* this one, thrum, the C library, its unwinder and loader: their calls are let through */

typedef struct address_range {
    uintptr_t begin, end;
} address_range;

static address_range not_the_programs[libraries];
static preload_main *real_main;

/* What dl_iterate_phdr() is looking for: the library that has this address. */
typedef struct range_search {
    uintptr_t address;
    address_range *range;
} range_search;

static int look_at_library(struct dl_phdr_info *info, size_t size, void *arg) {
    range_search *search = arg;
    address_range range = {UINTPTR_MAX, 0};
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr, end = begin + info->dlpi_phdr[i].p_memsz;
        if (info->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        range.begin = begin < range.begin ? begin : range.begin;
        range.end = end > range.end ? end : range.end;
    }
    if (search->address < range.begin || search->address >= range.end)
        return 0;
    *search->range = range;
    return 1;
}

/* Loaded when a thread is first cancelled, in the midst of a schedule, if it were not for this. Returns 0 when there
 * is none: then no thread can be cancelled. */
static uintptr_t find_unwinder(void) {
    void *library = dlopen("libgcc_s.so.1", RTLD_NOW);
    return library ? (uintptr_t)dlsym(library, "_Unwind_ForcedUnwind") : 0;
}

static void find_libraries(uintptr_t libc) {
    const uintptr_t addresses[libraries] = {(uintptr_t)&preload_takes, (uintptr_t)&thrum_explore, libc,
                                            find_unwinder(), getauxval(AT_BASE)};
    for (int i = 0; i < libraries; i++)
        (void)dl_iterate_phdr(look_at_library, &(range_search){addresses[i], &not_the_programs[i]});
}

void *preload_next(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) {
        fprintf(stderr, "thrum explore: the C library has no %s\n", name);
        abort();
    }
    return function;
}

bool preload_is_programs(const void *caller) {
    uintptr_t address = (uintptr_t)caller;
    for (int i = 0; i < libraries; i++)
        if (address >= not_the_programs[i].begin && address < not_the_programs[i].end)
            return false;
    return true;
}

bool preload_takes(const void *caller) {
    return thrum_explore_active() && preload_is_programs(caller);
}

static int explore_main(int argc, char **argv, char **envp) {
    return preload_explore(real_main, argc, argv, envp);
}

/* The C library's start of a program, by which we get hold of main. */
int __libc_start_main(preload_main *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end);
int __libc_start_main(preload_main *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void *stack_end) {
    NEXT(__libc_start_main);
    find_libraries((uintptr_t)next___libc_start_main);
    real_main = main;
    return next___libc_start_main(getenv("THRUM_EXPLORE") ? explore_main : main, argc, argv, init, fini, rtld_fini,
                                  stack_end);
}
