/* stuck.c - failures in which the threads do not come to their end, and what each of them is at. */
#include <stdio.h>
#include <string.h>

#include "explore/file.h"
#include "explore/objects.h"
#include "explore/sanitizer.h"
#include "explore/turns.h"

typedef struct report {
    char text[sizeof((x_outcome *)0)->text];
    size_t length;
    const char *unheard; /* of a wake-up that found nobody, where one waits now */
} report;

static const void *waits_for(const x_front *front, uint32_t number, char *buffer, size_t size) {
    const x_await *await = x_turn_thread(number)->await;
    if (!await)
        return front->waits_for(number, buffer, size);
    if (await->object)
        snprintf(buffer, size, "%s (object #%u)", await->what, x_object_number(await->object));
    else
        snprintf(buffer, size, "%s", await->what);
    return await->object;
}

static void add_waiting(report *r, const x_front *front, uint32_t number) {
    char name[64], what[256];
    front->thread_name(number, name, sizeof name);
    const void *object = waits_for(front, number, what, sizeof what);
    r->unheard = r->unheard ? r->unheard : x_objects_unheard(object);
    r->length +=
        (size_t)snprintf(r->text + r->length, sizeof r->text - r->length, "  T%u '%s' waits for %s%s\n", number, name,
                         what, x_turn_thread(number)->deadline == INT64_MAX ? ", for ever" : "");
}

/* Nobody can run: say who waits for what. */
void x_stuck_fail(void) {
    report r = {.text = ""};
    uint32_t count;
    const x_front *front = x_turn_front(&count);
    x_sanitizer_look_away();
    for (uint32_t i = 0; i < count && r.length < sizeof r.text - 400; i++)
        if (x_turn_thread(i)->state == PARKED)
            add_waiting(&r, front, i);
    if (r.unheard)
        snprintf(r.text + r.length, sizeof r.text - r.length, "  %s\n", r.unheard);
    x_sanitizer_look_again();
    bool leaked = x_turn_thread(0)->state == FINISHING && !x_circle_exists();
    x_engine_fail(r.unheard ? THRUM_EXPLORE_LOST_WAKEUP
                  : leaked  ? THRUM_EXPLORE_LEAKED_THREAD
                            : THRUM_EXPLORE_DEADLOCK,
                  r.text);
}

static void add_running(report *r, const x_front *front, uint32_t number) {
    const x_thread *t = x_turn_thread(number);
    char name[64];
    front->thread_name(number, name, sizeof name);
    r->length += (size_t)snprintf(r->text + r->length, sizeof r->text - r->length, "  T%u '%s' goes on with %s #%u\n",
                                  number, name, t->verb ? x_file_verb(t->verb) : "its first step", t->object);
}

/* The schedule has more steps than allowed: say who goes on with what. */
void x_stuck_busy(void) {
    report r = {.text = "  more steps than allowed: the threads keep each other busy\n"};
    uint32_t count;
    const x_front *front = x_turn_front(&count);
    r.length = strlen(r.text);
    x_sanitizer_look_away();
    for (uint32_t i = 0; i < count && r.length < sizeof r.text - 400; i++) {
        if (x_turn_thread(i)->state == PARKED)
            add_waiting(&r, front, i);
        else if (x_turn_thread(i)->state == RUNNABLE)
            add_running(&r, front, i);
    }
    x_sanitizer_look_again();
    x_engine_fail(THRUM_EXPLORE_LIVELOCK, r.text);
}
