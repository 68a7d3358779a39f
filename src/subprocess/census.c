/* census.c - who still has a child: a list of all child objects, kept while somebody wants to know.
 *
 * Locking: list.lock protects the list and what is written in its entries; an object leaves the list before anything
 * of it is freed, so whoever holds the lock may read those that are in it. It is held around a fork; the forked child
 * has no children, and begins with an empty list. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <thrum/subprocess/census.h>
#include <thrum/threading/with.h>

#include "base/memory.h"
#include "subprocess/popen_internal.h"
#include "subprocess/writer.h"
#include "threading/report.h"
#include "time/time_internal.h"

static struct {
    thrum_lock lock;
    thrum_popen *newest;
    bool on; /* atomic */
} list;

static bool is_on(void) {
    /* Relaxed: a switch that publishes nothing. */
    return __atomic_load_n(&list.on, __ATOMIC_RELAXED);
}

/* -- entering and leaving */

void thrum__census_add(thrum_popen *popen, const void *site) {
    if (!is_on())
        return;
    THRUM_GUARD(&list.lock);
    popen->entry =
        (thrum__census_entry){.site = site, .since = thrum_monotonic_ns(), .older = list.newest, .listed = true};
    if (list.newest)
        list.newest->entry.newer = popen;
    list.newest = popen;
}

/* Only its owner lists an object and takes it out, but a fork, after which there is one thread: no lock is needed to
 * look whether it is in. */
void thrum__census_remove(thrum_popen *popen) {
    thrum__census_entry *entry = &popen->entry;
    if (!entry->listed)
        return;
    THRUM_GUARD(&list.lock);
    *(entry->newer ? &entry->newer->entry.older : &list.newest) = entry->older;
    if (entry->older)
        entry->older->entry.newer = entry->newer;
    entry->listed = false;
}

/* -- words */

static void add_args(thrum__text *text, const thrum_popen *popen) {
    char args[400];
    thrum__writer writer = thrum__writer_new(args, sizeof args);
    thrum__write_args(&writer, thrum_popen_args(popen), popen->shell, true);
    bool cut = thrum__writer_end(&writer) >= (int)sizeof args;
    thrum__text_add(text, "%s%s", args, cut ? "..." : "");
}

static void add_origin(thrum__text *text, const thrum_popen *popen) {
    thrum__text_add(text, ", started ");
    thrum__text_add_span(text, thrum_monotonic_ns() - popen->entry.since);
    thrum__text_add(text, " ago at ");
    thrum__text_add_site(text, popen->entry.site);
    thrum__text_add(text, "\n");
}

/* Looks without reaping: nobody's wait may miss the end. */
static bool has_ended(const thrum_popen *popen) {
    siginfo_t info = {0};
    int r = thrum__process_waitid(&popen->process, &info, WEXITED | WNOHANG | WNOWAIT);
    return r < 0 || info.si_pid != 0;
}

static void add_state(thrum__text *text, const thrum_popen *popen) {
    int returncode;
    if (thrum_popen_returncode(popen, &returncode))
        thrum__text_add(text, " ended with %d", returncode);
    else
        thrum__text_add(text, has_ended(popen) ? " has ended and was not waited for" : " runs");
    if (popen->entry.let_go)
        thrum__text_add(text, ", was let go of");
}

/* Returns how many. */
static int add_children(thrum__text *text, const char *headline) {
    int count = 0;
    THRUM_GUARD(&list.lock);
    for (const thrum_popen *popen = list.newest; popen; popen = popen->entry.older)
        count++;
    thrum__text_add(text, headline, count, count == 1 ? "child" : "children", count == 1 ? "is" : "are");
    for (const thrum_popen *popen = list.newest; popen; popen = popen->entry.older) {
        thrum__text_add(text, "  subprocess %d ", (int)popen->pid);
        add_args(text, popen);
        add_state(text, popen);
        add_origin(text, popen);
    }
    return count;
}

/* -- reports */

void thrum__census_let_go(thrum_popen *popen, bool ended) {
    char buffer[1024];
    thrum__text text;
    if (!popen->entry.listed || !is_on())
        return;
    thrum__text_init(&text, buffer, sizeof buffer);
    thrum__text_add(&text, "thrum: ResourceWarning: subprocess %d %s: ", (int)popen->pid,
                    ended ? "was not waited for" : "is still running");
    add_args(&text, popen);
    add_origin(&text, popen);
    thrum__text_end(&text);
    thrum__report_send(buffer);
    THRUM_GUARD(&list.lock);
    popen->entry.let_go = true;
}

enum { report_size = 65536 };

int thrum_popen_census(int fd) {
    thrum__text text;
    char *buffer = thrum__malloc(report_size);
    if (!buffer)
        return -ENOMEM;
    thrum__text_init(&text, buffer, report_size);
    int count = add_children(&text, is_on() ? "thrum: %d %s\n" : "thrum: %d %s; resource warnings are off\n");
    thrum__text_end(&text);
    int r = thrum__write_all(fd, buffer, strlen(buffer));
    free(buffer);
    return r < 0 ? r : count;
}

static void at_exit(void) {
    thrum__text text;
    char *buffer = thrum__malloc(report_size);
    thrum_subprocess_cleanup();
    if (!is_on() || !buffer) {
        free(buffer);
        return;
    }
    thrum__text_init(&text, buffer, report_size);
    int count = add_children(&text, "thrum: ResourceWarning: %d %s %s left at the end\n");
    thrum__text_end(&text);
    if (count > 0)
        thrum__report_send(buffer);
    free(buffer);
}

/* -- on and off */

static void before_fork(void) THRUM_UNCHECKED {
    thrum_lock_acquire(&list.lock);
}

static void after_fork_parent(void) THRUM_UNCHECKED {
    (void)thrum_lock_release(&list.lock); /* cannot fail: it is held */
}

static void after_fork_child(void) THRUM_UNCHECKED {
    for (thrum_popen *popen = list.newest; popen; popen = popen->entry.older)
        popen->entry.listed = false;
    list.newest = NULL;
    (void)thrum_lock_release(&list.lock); /* cannot fail: it is held */
}

static void prepare(void) {
    pthread_atfork(before_fork, after_fork_parent, after_fork_child);
    atexit(at_exit);
}

bool thrum_resource_warnings(bool on) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (on)
        pthread_once(&once, prepare);
    /* Relaxed: as is_on(). */
    return __atomic_exchange_n(&list.on, on, __ATOMIC_RELAXED);
}

/* After src/threading, so that a fork takes this lock before those below it. */
__attribute__((constructor(203))) static void load(void) {
    const char *wanted = getenv("THRUM_RESOURCE_WARNINGS");
    if (wanted && strcmp(wanted, "1") == 0)
        thrum_resource_warnings(true);
}
