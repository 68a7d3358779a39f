/* file.c - replay files: text, one fact per line.
 *
 *     thrum-schedule 1
 *     test NAME
 *     failure NAME              what happened
 *     seed 0xHEX
 *     partly WHAT               when a thread waited for something that is not under control
 *     thread NUMBER NAME        for people, as are the next two
 *     object NUMBER NAME
 *     says TEXT                 what was found
 *     step THREAD OBJECT VERB [NOTE]    what each thread did, in order, and where
 *     switch DECISION THREAD    the schedule itself: only these and what follows are needed
 *     timeout DECISION THREAD
 *     choice DECISION NUMBER
 *     fault PLACE THREAD        which of the places of a thread where something may fail does
 *     signal NUMBER             which one may come, when some do
 *     grain atomics             when there are places for switches inside the calls of the library
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "explore/file.h"
#include "explore/symbols.h"

enum { most_sites = 512, most_said = 400 /* characters on a line */ };

static const char *const kinds[] = {
    [x_to_thread] = "switch", [x_time_out] = "timeout", [x_data] = "choice", [x_fault] = "fault"};
enum { kind_count = sizeof kinds / sizeof kinds[0] };

static void write_switch(FILE *file, const x_switch *s) {
    fprintf(file, "%s %" PRIu32 " %" PRIu32 "\n", kinds[s->kind], s->decision, s->number);
}

/* Verbs are names of functions in the library: what people read begins after its prefix. */
const char *x_file_verb(const char *verb) {
    verb = strncmp(verb, "thrum__", 7) == 0 ? verb + 7 : verb;
    return strncmp(verb, "thrum_", 6) == 0 ? verb + 6 : verb;
}

void x_file_name(const char *name, char buffer[x_file_name_size]) {
    snprintf(buffer, x_file_name_size, "%.*s", (int)strcspn(name, "\n"), name);
}

static void write_text(FILE *file, const char *text) {
    while (*text) {
        size_t line = strcspn(text, "\n"), length = line < most_said ? line : most_said;
        fprintf(file, "says %.*s\n", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static uint32_t first_step(const x_outcome *outcome) {
    return outcome->steps > x_most_steps ? outcome->steps - x_most_steps : 0;
}

static const char *place_of(const x_symbol *symbols, uint32_t count, const void *site) {
    for (uint32_t i = 0; i < count; i++)
        if (symbols[i].site == site)
            return symbols[i].text;
    return NULL;
}

/* The places that the trace names, each once. Returns how many. */
static uint32_t collect_sites(const x_outcome *outcome, x_symbol symbols[most_sites]) {
    uint32_t count = 0;
    for (uint32_t i = first_step(outcome); i < outcome->steps && count < most_sites; i++) {
        const void *site = outcome->trace[i % x_most_steps].site;
        if (site && !place_of(symbols, count, site))
            symbols[count++] = (x_symbol){site, ""};
    }
    x_symbols_resolve(symbols, count);
    return count;
}

static void write_trace(FILE *file, const x_outcome *outcome) {
    static x_symbol symbols[most_sites];
    uint32_t places = collect_sites(outcome, symbols);
    for (uint32_t i = 0; i < outcome->threads; i++)
        fprintf(file, "thread %" PRIu32 " %s\n", i, outcome->thread_names[i]);
    for (uint32_t i = 0; i < x_most_names; i++)
        if (outcome->object_names[i][0] != '\0')
            fprintf(file, "object %" PRIu32 " %s\n", i, outcome->object_names[i]);
    for (uint32_t i = first_step(outcome); i < outcome->steps; i++) {
        const x_step *step = &outcome->trace[i % x_most_steps];
        const char *place = step->fault ? step->fault : step->site ? place_of(symbols, places, step->site) : NULL;
        fprintf(file, "step %u %u %s%s%s\n", step->thread, step->object, x_file_verb(step->verb), place ? " " : "",
                place ? place : "");
    }
}

int x_file_write(const char *path, const x_shared *shared, const char *name, uint64_t seed) {
    char short_name[x_file_name_size];
    FILE *file = fopen(path, "we");
    if (!file)
        return -errno;
    x_file_name(name, short_name);
    fprintf(file, "thrum-schedule 1\ntest %s\nfailure %s\nseed 0x%" PRIx64 "\n", short_name,
            thrum_explore_failure_name(shared->outcome.failure), seed);
    if (shared->outcome.outside)
        fprintf(file, "partly %s\n", shared->outcome.outside);
    if (shared->order.grain == THRUM_EXPLORE_ATOMICS)
        fputs("grain atomics\n", file);
    if (shared->order.signal)
        fprintf(file, "signal %d\n", shared->order.signal);
    for (uint32_t i = 0; i < shared->order.switch_count; i++)
        write_switch(file, &shared->order.switches[i]);
    write_text(file, shared->outcome.text);
    write_trace(file, &shared->outcome);
    int r = ferror(file) ? -EIO : 0;
    if (fclose(file) != 0 && r == 0)
        r = -errno;
    return r;
}

/* The kind of which a line begins so; kind_count when it is none of a switch. */
static int kind_of(const char *what) {
    int kind = 0;
    while (kind < kind_count && strcmp(what, kinds[kind]) != 0)
        kind++;
    return kind;
}

static int read_switch(x_order *order, enum x_kind kind, uint32_t decision, uint32_t number) {
    if (order->switch_count == x_most_switches || (kind != x_data && number >= x_most_threads))
        return THRUM_VALUE_ERROR;
    order->switches[order->switch_count++] = (x_switch){decision, number, kind};
    return 0;
}

/* A line that is neither part of the schedule nor of what people read. */
static bool known(const char *what) {
    static const char *const others[] = {"failure", "seed", "partly", "thread", "object", "says", "step"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(what, others[i]) == 0)
            return true;
    return false;
}

static int read_line(const char *line, x_order *order, char name[x_file_name_size]) {
    char what[16];
    uint32_t decision, number;
    if (strcmp(line, "grain atomics\n") == 0) {
        order->grain = THRUM_EXPLORE_ATOMICS;
        return 0;
    }
    if (sscanf(line, "signal %d", &order->signal) == 1)
        return order->signal > 0 && order->signal < NSIG ? 0 : THRUM_VALUE_ERROR;
    if (strncmp(line, "test ", 5) == 0) {
        x_file_name(line + 5, name);
        return 0;
    }
    if (sscanf(line, "%15s %" SCNu32 " %" SCNu32, what, &decision, &number) == 3 && kind_of(what) < kind_count)
        return read_switch(order, (enum x_kind)kind_of(what), decision, number);
    return sscanf(line, "%15s", what) == 1 && known(what) ? 0 : THRUM_VALUE_ERROR;
}

int x_file_read(const char *path, x_order *order, char name[x_file_name_size]) {
    char line[1024];
    FILE *file = fopen(path, "re");
    if (!file)
        return -errno;
    order->replay = true;
    order->switch_count = 0;
    order->grain = THRUM_EXPLORE_CALLS;
    order->signal = 0;
    name[0] = '\0';
    int r = fgets(line, sizeof line, file) && strcmp(line, "thrum-schedule 1\n") == 0 ? 0 : THRUM_VALUE_ERROR;
    while (r == 0 && fgets(line, sizeof line, file))
        r = read_line(line, order, name);
    fclose(file);
    return r == 0 && name[0] == '\0' ? THRUM_VALUE_ERROR : r;
}
