/* The same generated programs on CPython's scheduler and on this one, both on a clock of the test's own: what each
 * call gives, which actions are called at which times, and how long is waited in between. */
#include <thrum/sched.h>

#include "against_python.h"

/* What a program does, one after the other; the letters are those of reference.py. */
typedef struct step {
    char letter, action;
    int time, priority;
} step;

enum { most_steps = 30, most_events = 100 };
typedef struct program {
    unsigned count;
    step steps[most_steps];
} program;

/* Times and priorities are few, so that they tie. */
static void make_program(void *made) {
    static const char letters[] = "eeeeeEEEEcccqqnnnrtm", actions[] = "iiiiiiLfecR";
    program *p = made;
    p->count = 4 + below(most_steps - 4);
    for (unsigned i = 0; i < p->count; i++)
        p->steps[i] = (step){letters[below(sizeof letters - 1)], actions[below(sizeof actions - 1)],
                             (int)below(13) - 3, (int)below(4) - 1};
}

static void ask(FILE *to, const void *asked) {
    const program *p = asked;
    for (unsigned i = 0; i < p->count; i++) {
        const step *s = &p->steps[i];
        fprintf(to, "%s%c%c%d,%d", i ? " " : "", s->letter, s->action, s->time, s->priority);
    }
}

static FILE *out;
static thrum_scheduler *scheduler;
static int64_t now;
static unsigned entered;
static thrum_scheduler_event events[most_events];
static step steps_of[most_events];

static int64_t the_time(void *clock) {
    (void)clock;
    return now;
}

static int delay(void *clock, thrum_timeout span) {
    (void)clock;
    fprintf(out, " wait%lld", (long long)span.ns);
    now += span.ns;
    return 0;
}

static int act(void *number);

/* Enter an event that does `how`; events have numbers in the order of entering. */
static void enter(step how, bool absolute) {
    if (entered == most_events)
        return;
    void *argument = &steps_of[entered];
    steps_of[entered] = how;
    thrum_deadline time = {how.time};
    int r = absolute ? thrum_scheduler_enterabs(scheduler, time, how.priority, act, argument, &events[entered])
                     : thrum_scheduler_enter(scheduler, thrum_nanoseconds(how.time), how.priority, act, argument,
                                             &events[entered]);
    if (r < 0)
        abort();
    entered++;
}

static void cancel(int number) {
    unsigned which = (unsigned)(number + 3);
    if (which < entered)
        fputs(thrum_scheduler_cancel(scheduler, &events[which]) == 0 ? " ok" : " ValueError", out);
    else
        fputs(" -", out);
}

/* What `run` gave: how long it is to the next, or why it ended. */
static void print_run(int r, const thrum_timeout *next) {
    if (r == THRUM_KEY_ERROR)
        fputs(" KeyError", out);
    else if (r < 0)
        abort();
    else if (next && next->ns != THRUM_FOREVER.ns)
        fprintf(out, " %lld", (long long)next->ns);
    else
        fputs(" None", out);
}

static void run_what_is_due(void) {
    thrum_timeout next;
    int r = thrum_scheduler_run_nowait(scheduler, &next);
    print_run(r, &next);
}

/* The action of every event. i: no more than say so. L: takes time. f: fails. e: enters another. c: cancels one. R:
 * runs what is due. */
static int act(void *argument) {
    const step *how = argument;
    fprintf(out, " (%d@%lld", (int)(how - steps_of), (long long)now);
    if (how->action == 'L')
        now += 3;
    if (how->action == 'e')
        enter((step){'e', 'i', how->time, how->priority}, false);
    if (how->action == 'c')
        cancel(how->time);
    if (how->action == 'R')
        run_what_is_due();
    fputc(')', out);
    return how->action == 'f' ? THRUM_KEY_ERROR : 0;
}

static void print_queue(void) {
    thrum_scheduler_event *queue;
    size_t count;
    if (thrum_scheduler_queue(scheduler, &queue, &count) < 0)
        abort();
    for (size_t i = 0; i < count; i++) {
        step *how = queue[i].argument;
        fprintf(out, " %d:%lld,%d", (int)(how - steps_of), (long long)queue[i].time.ns, queue[i].priority);
    }
    free(queue);
}

static void take_step(step s) {
    switch (s.letter) {
    case 'e':
        enter(s, true);
        break;
    case 'E':
        enter(s, false);
        break;
    case 'c':
        cancel(s.time);
        break;
    case 'q':
        print_queue();
        break;
    case 'n':
        run_what_is_due();
        break;
    case 'r':
        print_run(thrum_scheduler_run(scheduler), NULL);
        break;
    case 't':
        now += s.time > 0 ? s.time : 0;
        break;
    default:
        fputs(thrum_scheduler_empty(scheduler) ? " True" : " False", out);
    }
}

static void answer(FILE *to, const void *asked) {
    const program *p = asked;
    thrum_scheduler_options options = {.timefunc = the_time, .delayfunc = delay};
    if (thrum_scheduler_new(&scheduler, &options) < 0)
        abort();
    out = to;
    now = 0;
    entered = 0;
    for (unsigned i = 0; i < p->count; i++) {
        fprintf(to, " %c", p->steps[i].letter);
        take_step(p->steps[i]);
    }
    scheduler = thrum_scheduler_free(scheduler);
}

int main(int argc, char **argv) {
    static const against_python test = {sizeof(program), make_program, ask, answer, 10};
    return against_python_main(&test, 2000, argc, argv);
}
