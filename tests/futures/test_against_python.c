/* The same generated programs through CPython's concurrent.futures and through this one: what each step gives, what
 * it raises, and when callbacks are called. reference.py has the steps in Python's words.
 *
 * Left out is what is known to differ: a shutdown that cancels tells those who wait (Python leaves them waiting), so
 * nobody waits after one. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <thrum.h>

#include "against_python.h"

enum { most_steps = 24, most_futures = 12 };

typedef enum verb {
    ASK,
    CANCEL,
    CALLBACK,
    RESULT,
    EXCEPTION,
    WAIT,
    EACH,
    common_verbs,
    STATE = common_verbs,
    BEGIN,
    SET,
    bare_verbs,
    SUBMIT = bare_verbs,
    OPEN,
    MAP,
    SHUTDOWN
} verb;

typedef struct step {
    verb verb;
    int a, b;
} step;

typedef struct program {
    bool pool;
    int count;
    step steps[most_steps];
} program;

static const char *name_of(verb which);

/* A step about futures, of which there are `futures`. */
static step common_step(verb which, unsigned futures) {
    if (which == WAIT || which == EACH)
        return (step){which, 1 + (int)below((1u << futures) - 1), (int)below(6)};
    return (step){which, (int)below(futures), which == CALLBACK ? (int)below(10) : 0};
}

/* What a call gives: a number, or which error it fails with. */
static int some_value(void) {
    return (int)below(8) - 2;
}

static step bare_step(void) {
    verb which = below(bare_verbs);
    if (which == SET)
        return (step){SET, (int)below(4), some_value()};
    return common_step(which, 4);
}

/* What there is in a pool by now. */
typedef struct so_far {
    unsigned submitted;
    bool open, over;
} so_far;

static step pool_step(so_far *now) {
    unsigned dice = below(12);
    if (dice < 4 && now->submitted < most_futures) {
        now->submitted += !now->over;
        return (step){SUBMIT, some_value(), 0};
    }
    if (dice == 4 && below(3) == 0) {
        now->over = true;
        return (step){SHUTDOWN, (int)below(2), 0};
    }
    if (dice == 5 && now->open && !now->over)
        return (step){MAP, (int)below(6), (int)below(8)};
    if ((dice == 6 && below(3) == 0) || now->submitted == 0) {
        now->open = true;
        return (step){OPEN, 0, 0};
    }
    return common_step(below(now->over ? WAIT : common_verbs), now->submitted);
}

static void make_program(void *made) {
    program *p = made;
    so_far now = {0};
    p->pool = below(2);
    p->count = 4 + (int)below(most_steps - 4);
    for (int i = 0; i < p->count; i++)
        p->steps[i] = p->pool ? pool_step(&now) : bare_step();
}

static void ask_program(FILE *to, const void *asked) {
    const program *p = asked;
    fputs(p->pool ? "pool" : "bare", to);
    for (int i = 0; i < p->count; i++)
        fprintf(to, " %s:%d:%d", name_of(p->steps[i].verb), p->steps[i].a, p->steps[i].b);
}

/* -- a program that runs */

static FILE *words;
static int word_count;
static thrum_future *fs[most_futures];
static size_t fs_count;
static thrum_executor *ex;
static thrum_event begun, gate;
static bool over;

static void word(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void word(const char *format, ...) {
    va_list args;
    va_start(args, format);
    if (word_count++)
        fputc(' ', words);
    vfprintf(words, format, args);
    va_end(args);
}

static void must(int r) {
    if (r < 0) {
        fprintf(stderr, "%s\n", thrum_error_name(r));
        abort();
    }
}

/* The name of Python's exception, without its module. */
static const char *raised(int r) {
    const char *name = thrum_error_name(r), *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

static int code_of(int value) {
    return value == -1 ? THRUM_VALUE_ERROR : -ENOENT;
}

static int work(void *arg, void **ret_result) {
    intptr_t value = (intptr_t)arg;
    *ret_result = arg;
    return value < 0 ? code_of((int)value) : 0;
}

static int called(thrum_future *future, void *arg) {
    (void)future;
    word("called%d", (int)(intptr_t)arg);
    return (intptr_t)arg % 2 ? THRUM_VALUE_ERROR : 0;
}

static void logged(const char *text, void *arg) {
    (void)text, (void)arg;
    word("log");
}

static void say_ask(int i, int unused) {
    (void)unused;
    word("%d%d%d", thrum_future_running(fs[i]), thrum_future_cancelled(fs[i]), thrum_future_done(fs[i]));
}

static void say_cancel(int i, int unused) {
    (void)unused;
    bool cancelled = thrum_future_cancel(fs[i]); /* the callbacks speak first */
    word("%s", cancelled ? "True" : "False");
}

static void say_result(int i, int unused) {
    (void)unused;
    void *result = NULL;
    int r = thrum_future_result_timed(fs[i], &result, THRUM_NOWAIT);
    if (r < 0)
        word("%s", raised(r));
    else
        word("%d", (int)(intptr_t)result);
}

static void say_exception(int i, int unused) {
    (void)unused;
    int error;
    int r = thrum_future_exception_timed(fs[i], &error, THRUM_NOWAIT);
    word("%s", r < 0 ? raised(r) : error < 0 ? raised(error) : "None");
}

/* Those of the mask, and the first once more if it is to be. */
static size_t choose(thrum_future **chosen, int mask, bool doubled) {
    size_t count = 0;
    for (size_t i = 0; i < fs_count; i++)
        if (mask >> i & 1)
            chosen[count++] = fs[i];
    if (doubled)
        chosen[count++] = chosen[0];
    return count;
}

/* The numbers of those that are among `some`, with commas. */
static void put_numbers(thrum_future *const *some, size_t count) {
    const char *comma = "";
    for (size_t i = 0; i < fs_count; i++)
        for (size_t j = 0; j < count; j++)
            if (some[j] == fs[i]) {
                fprintf(words, "%s%zu", comma, i);
                comma = ",";
                break;
            }
}

static void say_wait(int mask, int mode) {
    static const int modes[] = {THRUM_ALL_COMPLETED, THRUM_FIRST_COMPLETED, THRUM_FIRST_EXCEPTION};
    thrum_future *chosen[most_futures + 1];
    thrum_wait_result found;
    size_t count = choose(chosen, mask, mode % 2);
    int r = thrum_futures_wait_timed(chosen, count, modes[mode % 3], &found, THRUM_NOWAIT);
    must(r == THRUM_TIMED_OUT ? 0 : r);
    word("%s", "");
    put_numbers(chosen, found.done);
    fputc('/', words);
    put_numbers(chosen + found.done, found.not_done);
}

static void put_text(const char *text) {
    for (; *text; text++)
        fputc(*text == ' ' ? '_' : *text, words);
}

static void say_each(int mask, int doubled) {
    thrum_future *chosen[most_futures + 1], *given[most_futures];
    thrum_as_completed *each;
    char text[100] = "end";
    size_t count = 0;
    int r;
    must(thrum_as_completed_new(&each, chosen, choose(chosen, mask, doubled % 2), THRUM_NOWAIT));
    while ((r = thrum_as_completed_next(each, &given[count])) == 0)
        count++;
    if (r == THRUM_TIMED_OUT)
        thrum_as_completed_unfinished(each, text, sizeof text);
    thrum_as_completed_free(each);
    word("%s", "");
    put_numbers(given, count);
    fputc('/', words);
    put_text(text);
}

static void say_begin(int i, int unused) {
    (void)unused;
    int r = thrum_future_set_running_or_notify_cancel(fs[i]);
    word("%s", r < 0 ? raised(r) : r ? "True" : "False");
}

static void say_set(int i, int value) {
    int r = value < 0 ? thrum_future_set_error(fs[i], code_of(value), NULL)
                      : thrum_future_set_result(fs[i], (void *)(intptr_t)value);
    word("%s", r < 0 ? raised(r) : "None");
}

/* All that was submitted, and the callbacks, are over. */
static void settle(void) {
    thrum_future *last;
    if (over) {
        thrum_executor_shutdown(ex, true, false);
        return;
    }
    must(thrum_executor_submit(ex, work, NULL, &last));
    must(thrum_future_result(last, NULL));
    thrum_future_unref(last);
}

static void say_submit(int value, int unused) {
    (void)unused;
    thrum_future *f;
    int r = thrum_executor_submit(ex, work, (void *)(intptr_t)value, &f);
    if (r < 0) {
        word("%s", "");
        put_text(thrum_executor_refusal(ex));
        return;
    }
    fs[fs_count++] = f;
    if (thrum_event_is_set(&gate))
        settle();
    word("submitted");
}

static void open_gate(int a, int b) {
    (void)a, (void)b;
    thrum_event_set(&gate);
    settle();
}

typedef struct range {
    intptr_t next, end, failing;
} range;
static bool next_value(void *source, void **ret_arg) {
    range *r = source;
    if (r->next == r->end)
        return false;
    *ret_arg = (void *)(r->next == r->failing ? -1 : r->next);
    r->next++;
    return true;
}

static void say_map(int count, int failing) {
    range from = {0, count, failing};
    thrum_map *each;
    void *value;
    int r, given = 0;
    must(thrum_executor_map(ex, work, next_value, &from, NULL, &each));
    word("%s", "");
    while ((r = thrum_map_next(each, &value)) == 0)
        fprintf(words, "%s%d", given++ ? "," : "", (int)(intptr_t)value);
    if (r != THRUM_STOP_ITERATION)
        fprintf(words, "%s%s", given ? "," : "", raised(r));
    thrum_map_free(each);
}

static void shut_down(int cancel, int unused) {
    (void)unused;
    over = true;
    thrum_executor_shutdown(ex, false, cancel);
}

static void add_callback(int i, int number) {
    must(thrum_future_add_done_callback(fs[i], called, (void *)(intptr_t)number));
}

static void say_state(int i, int unused) {
    (void)unused;
    word("%s", thrum_future_state_name(thrum_future_state_of(fs[i])));
}

static const struct {
    const char *name;
    void (*take)(int a, int b);
} verbs[] = {[ASK] = {"ask", say_ask},
             [CANCEL] = {"cancel", say_cancel},
             [CALLBACK] = {"callback", add_callback},
             [RESULT] = {"result", say_result},
             [EXCEPTION] = {"exception", say_exception},
             [WAIT] = {"wait", say_wait},
             [EACH] = {"each", say_each},
             [STATE] = {"state", say_state},
             [BEGIN] = {"begin", say_begin},
             [SET] = {"set", say_set},
             [SUBMIT] = {"submit", say_submit},
             [OPEN] = {"open", open_gate},
             [MAP] = {"map", say_map},
             [SHUTDOWN] = {"shutdown", shut_down}};

static const char *name_of(verb which) {
    return verbs[which].name;
}

static int waits_for_gate(void *arg, void **ret_result) {
    (void)arg, (void)ret_result;
    thrum_event_set(&begun);
    return thrum_event_wait(&gate);
}

static void start_pool(void) {
    over = false;
    thrum_event_clear(&begun);
    thrum_event_clear(&gate);
    must(thrum_thread_pool_executor_new(&ex, &(thrum_thread_pool_options){.max_workers = 1}));
    must(thrum_executor_submit(ex, waits_for_gate, NULL, NULL));
    thrum_event_wait(&begun);
}

static void start_bare(void) {
    for (; fs_count < 4; fs_count++)
        must(thrum_future_new(&fs[fs_count]));
}

static void finish_pool(void) {
    open_gate(0, 0);
    ex = thrum_executor_free(ex);
    for (size_t i = 0; i < fs_count; i++) {
        say_ask((int)i, 0);
        say_result((int)i, 0);
    }
}

static void answer_program(FILE *to, const void *asked) {
    const program *p = asked;
    words = to;
    word_count = 0;
    thrum_futures_set_log(logged, NULL);
    if (p->pool)
        start_pool();
    else
        start_bare();
    for (int i = 0; i < p->count; i++)
        verbs[p->steps[i].verb].take(p->steps[i].a, p->steps[i].b);
    if (p->pool)
        finish_pool();
    while (fs_count > 0)
        thrum_future_unref(fs[--fs_count]);
}

int main(int argc, char **argv) {
    static const against_python test = {sizeof(program), make_program, ask_program, answer_program, 11};
    return against_python_main(&test, 1500, argc, argv);
}
