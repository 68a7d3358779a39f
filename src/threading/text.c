/* text.c - the pieces of which reports and dumps consist. */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "threading/deadlock_internal.h"
#include "threading/report.h"
#include "time/time_internal.h"

void thrum__text_init(thrum__text *text, char *buffer, size_t size) {
    *text = (thrum__text){buffer, size, 0};
    buffer[0] = '\0';
}

void thrum__text_add(thrum__text *text, const char *format, ...) {
    size_t used = text->length < text->size ? text->length : text->size - 1;
    va_list arguments;
    va_start(arguments, format);
    int added = vsnprintf(text->bytes + used, text->size - used, format, arguments);
    va_end(arguments);
    if (added > 0)
        text->length += (size_t)added;
}

void thrum__text_end(thrum__text *text) {
    static const char cut[] = "\n  (the rest did not fit)\n";
    if (text->length >= text->size && text->size >= sizeof cut)
        memcpy(text->bytes + text->size - sizeof cut, cut, sizeof cut);
}

void thrum__text_add_thread(thrum__text *text, const char *name, int native_id) {
    if (name[0])
        thrum__text_add(text, "'%s' (tid %d)", name, native_id);
    else
        thrum__text_add(text, "thread %d", native_id);
}

const char *thrum__kind_name(thrum__kind kind) {
    static const char *const kinds[] = {[THRUM__KIND_NOTHING] = "nothing",     [THRUM__KIND_LOCK] = "lock",
                                        [THRUM__KIND_RLOCK] = "rlock",         [THRUM__KIND_CONDITION] = "condition",
                                        [THRUM__KIND_SEMAPHORE] = "semaphore", [THRUM__KIND_EVENT] = "event",
                                        [THRUM__KIND_BARRIER] = "barrier",     [THRUM__KIND_JOIN] = "thread",
                                        [THRUM__KIND_SLEEP] = "sleep",         [THRUM__KIND_TIMER] = "timer",
                                        [THRUM__KIND_QUEUE] = "queue",         [THRUM__KIND_FUTURE] = "future",
                                        [THRUM__KIND_GROUP] = "task group",    [THRUM__KIND_WORK] = "work"};
    return kinds[kind];
}

void thrum__text_add_object(thrum__text *text, thrum__kind kind, const void *object) {
    char name[thrum__sight_name_size];
    thrum__object_name(object, name, sizeof name);
    if (name[0])
        thrum__text_add(text, "%s '%s'", thrum__kind_name(kind), name);
    else
        thrum__text_add(text, "%s %p", thrum__kind_name(kind), object);
}

/* A return address is that of the next instruction, which may belong to the next function or line already. */
void thrum__text_add_site(thrum__text *text, const void *site) {
    const char *call = (const char *)site - 1;
    Dl_info info;
    if (!site)
        thrum__text_add(text, "an unknown place");
    else if (!dladdr(call, &info) || !info.dli_fname)
        thrum__text_add(text, "%p", (const void *)call);
    else if (info.dli_sname)
        thrum__text_add(text, "%s+0x%tx", info.dli_sname, call - (const char *)info.dli_saddr);
    else
        thrum__text_add(text, "%s+0x%tx", info.dli_fname, call - (const char *)info.dli_fbase);
}

void thrum__text_add_span(thrum__text *text, int64_t ns) {
    int64_t s = ns / thrum__ns_per_s;
    if (ns < 1000000)
        thrum__text_add(text, "%" PRId64 " us", ns / 1000);
    else if (s < 1)
        thrum__text_add(text, "%.1f ms", (double)ns / 1e6);
    else if (s < 120)
        thrum__text_add(text, "%.1f s", (double)ns / 1e9);
    else if (s < 7200)
        thrum__text_add(text, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
    else
        thrum__text_add(text, "%" PRId64 " h %" PRId64 " min", s / 3600, s % 3600 / 60);
}

static void add_owner(thrum__text *text, const thrum__sight *sight, const thrum__sight *owner) {
    thrum__text_add(text, "    held by ");
    if (!owner)
        thrum__text_add(text, "a thread that has ended");
    else if (owner->id == sight->id)
        thrum__text_add(text, "itself");
    else
        thrum__text_add_thread(text, owner->name, owner->native_id);
    thrum__text_add(text, "\n");
}

static void add_what(thrum__text *text, const thrum__sight *sight, const thrum__sight *owner) {
    thrum__kind kind = sight->wait.kind;
    if (kind == THRUM__KIND_JOIN && owner) {
        thrum__text_add(text, " for the end of ");
        thrum__text_add_thread(text, owner->name, owner->native_id);
    } else if (kind != THRUM__KIND_SLEEP) {
        thrum__text_add(text, " for ");
        thrum__text_add_object(text, kind, sight->wait.object);
    }
}

void thrum__text_add_wait(thrum__text *text, const thrum__sight *sight, const thrum__sight *owner, int64_t now) {
    thrum__kind kind = sight->wait.kind;
    thrum__text_add(text, kind == THRUM__KIND_SLEEP ? " has slept " : " has waited ");
    thrum__text_add_span(text, now - sight->wait.since);
    add_what(text, sight, owner);
    thrum__text_add(text, ", at ");
    thrum__text_add_site(text, sight->wait.site);
    thrum__text_add(text, "\n");
    if ((kind == THRUM__KIND_LOCK || kind == THRUM__KIND_RLOCK) && sight->owner != 0)
        add_owner(text, sight, owner);
}
