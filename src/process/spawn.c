/* spawn.c - from a request to a plan, and from a plan to a child.
 *
 * Everything that can allocate, take a lock or look something up happens here, before the child exists. One block of
 * memory holds all that the plan needs. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>

#include <thrum/base.h>

#include "base/memory.h"
#include "process/plan.h"

extern char **environ;

static const char default_path[] = "/bin:/usr/bin"; /* Python's os.defpath */
enum { standard_streams = 3, bits_per_word = 8 * sizeof(unsigned long) };

/* -- the search path */

static const char *path_of(const char *const *envp) {
    for (; envp && *envp; envp++)
        if (strncmp(*envp, "PATH=", 5) == 0)
            return *envp + 5;
    return default_path;
}

static const char *search_path(const thrum__spawn_request *request) {
    return request->search_path ? request->search_path
                                : path_of(request->envp ? request->envp : (const char *const *)environ);
}

/* An empty name is looked for nowhere: it is ENOENT, not the error of executing a directory. */
static bool is_searched(const char *program) {
    return *program != 0 && !strchr(program, '/');
}

static size_t count_candidates(const thrum__spawn_request *request) {
    size_t count = 1;
    if (is_searched(request->program))
        for (const char *c = search_path(request); *c; c++)
            count += *c == ':';
    return count;
}

/* Room for every directory joined with the program's name. */
static size_t candidates_size(const thrum__spawn_request *request, size_t count) {
    size_t name = strlen(request->program) + 2; /* '/' and the end */
    return is_searched(request->program) ? strlen(search_path(request)) + count * name : name;
}

/* Write directory/program at `to`; an empty directory is the current one. Returns what follows. */
static char *join(char *to, const char *directory, size_t length, const char *program) {
    size_t name = strlen(program) + 1;
    memcpy(to, directory, length);
    if (length > 0)
        to[length++] = '/';
    memcpy(to + length, program, name);
    return to + length + name;
}

static void fill_candidates(thrum__plan *plan, char *text) {
    const thrum__spawn_request *request = plan->request;
    char **next = plan->programs;
    if (!is_searched(request->program)) {
        *next++ = strcpy(text, request->program);
    } else {
        for (const char *at = search_path(request), *end; at; at = *end ? end + 1 : NULL) {
            end = at + strcspn(at, ":");
            *next++ = text;
            text = join(text, at, (size_t)(end - at), request->program);
        }
    }
    *next = NULL;
}

/* -- the rest of the plan */

static int compare_numbers(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static void fill_descriptors(thrum__plan *plan) {
    const thrum__spawn_request *request = plan->request;
    plan->above_targets = standard_streams;
    for (size_t i = 0; i < request->place_count; i++) {
        int target = request->places[i].target;
        plan->places[i] = request->places[i];
        if (target >= plan->above_targets)
            plan->above_targets = target + 1;
        if (target >= standard_streams)
            plan->kept[plan->kept_count++] = target;
    }
    for (size_t i = 0; i < request->keep_count; i++)
        if (request->keep[i] >= standard_streams)
            plan->kept[plan->kept_count++] = request->keep[i];
    if (plan->kept_count > 1)
        qsort(plan->kept, plan->kept_count, sizeof *plan->kept, compare_numbers);
}

static size_t cpu_words(const thrum__spawn_request *request) {
    int highest = -1;
    for (size_t i = 0; i < request->cpu_count; i++)
        highest = request->cpus[i] > highest ? request->cpus[i] : highest;
    return (size_t)(highest + bits_per_word) / bits_per_word;
}

static void fill_cpus(thrum__plan *plan) {
    const thrum__spawn_request *request = plan->request;
    if (plan->cpus_size == 0)
        plan->cpus = NULL;
    for (size_t i = 0; i < request->cpu_count; i++)
        plan->cpus[request->cpus[i] / bits_per_word] |= 1UL << (request->cpus[i] % bits_per_word);
}

static int check(const thrum__spawn_request *request) {
    enum { most_cpus = 65536 };
    for (const char *const *entry = request->envp; entry && *entry; entry++)
        if (!strchr(*entry, '='))
            return THRUM_VALUE_ERROR;
    for (size_t i = 0; i < request->cpu_count; i++)
        if (request->cpus[i] < 0 || request->cpus[i] >= most_cpus)
            return THRUM_VALUE_ERROR;
    for (size_t i = 0; i < request->keep_count; i++)
        if (request->keep[i] < 0)
            return THRUM_VALUE_ERROR;
    return 0;
}

/* Carve the plan's arrays out of one block, the most aligned first. *ret_block is to be freed with the plan. */
static int prepare(thrum__plan *plan, void **ret_block) {
    const thrum__spawn_request *request = plan->request;
    size_t candidates = count_candidates(request), words = cpu_words(request);
    size_t numbers = request->place_count + request->keep_count;
    char *block = thrum__calloc(1, (candidates + 1) * sizeof(char *) + words * sizeof(unsigned long) +
                                       request->place_count * sizeof(thrum__fd_place) + numbers * sizeof(int) +
                                       candidates_size(request, candidates));
    if (!block)
        return -ENOMEM;
    plan->programs = (char **)(void *)block;
    plan->cpus = (unsigned long *)(void *)(plan->programs + candidates + 1);
    plan->cpus_size = words * sizeof(unsigned long);
    plan->places = (thrum__fd_place *)(void *)(plan->cpus + words);
    plan->kept = (int *)(void *)(plan->places + request->place_count);
    fill_candidates(plan, (char *)(plan->kept + numbers));
    fill_descriptors(plan);
    fill_cpus(plan);
    *ret_block = block;
    return 0;
}

/* -- the child */

/* See thrum__platform_spawn(): who gives up privileges shares no memory with who has them, nor does foreign code. */
static bool wants_own_memory(const thrum__spawn_request *request) {
    return request->user || request->group || request->groups || request->preexec;
}

static int start(thrum__plan *plan, thrum__process *ret_process, thrum__spawn_report *ret_report) {
    thrum__signals_block_all(&plan->mask);
    int r = thrum__platform_spawn(thrum__child_run, plan, wants_own_memory(plan->request), ret_process, ret_report);
    thrum__signals_restore(&plan->mask);
    if (r < 0 && ret_report->code == 0)
        ret_report->stage = THRUM__STAGE_CLONE;
    return r;
}

static const char *filename_of(const thrum__spawn_request *request, thrum__stage stage) {
    switch (stage) {
    case THRUM__STAGE_ROOT:
        return request->root;
    case THRUM__STAGE_CWD:
        return request->cwd;
    case THRUM__STAGE_EXEC:
        return request->program;
    default:
        return NULL;
    }
}

int thrum__spawn(const thrum__spawn_request *request, thrum__process *ret_process,
                 thrum__spawn_failure *ret_failure) {
    const char *const only_name[] = {request->program, NULL};
    thrum__plan plan = {.request = request,
                        .argv = request->argv ? request->argv : only_name,
                        .envp = request->envp ? request->envp : (const char *const *)environ,
                        .parent = request->death_signal ? getpid() : 0};
    thrum__spawn_report report = {0, THRUM__STAGE_PREPARE};
    void *block = NULL;
    int r = check(request);
    if (r == 0)
        r = prepare(&plan, &block);
    if (r == 0)
        r = start(&plan, ret_process, &report);
    if (r < 0 && ret_failure) {
        thrum__stage stage = (thrum__stage)report.stage;
        *ret_failure = (thrum__spawn_failure){r, stage, filename_of(request, stage)};
    }
    free(block);
    return r;
}

const char *thrum__stage_name(thrum__stage stage) {
    static const char *const names[] = {
#define STAGE_NAME(name, text) text,
        THRUM__STAGE_MAP(STAGE_NAME)
#undef STAGE_NAME
    };
    return (size_t)stage < sizeof names / sizeof names[0] ? names[stage] : "unknown";
}
