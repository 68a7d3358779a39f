/* The same generated programs on CPython's queues and on these: what each call gives, and which of the threads that
 * wait it releases, with what. */
#include "against_python.h"
#include "crew.h"

/* What a program does, one after the other; the letters are those of reference.py. */
typedef struct step {
    char letter;
    int number;
} step;

enum { most_steps = 24, most_threads = 8, simple = 3 };
typedef struct program {
    unsigned kind, maxsize; /* 0 Queue, 1 LifoQueue, 2 PriorityQueue, 3 SimpleQueue */
    unsigned count;
    step steps[most_steps];
} program;

static int has_shutdown;

/* The numbers of a program are small, so that priorities tie and limits are reached. */
static void make_program(void *made) {
    static const char *const letters[] = {"ppppPNzggggGMZdddjsmaaAAJxX", "ppppzggggGMZs"};
    program *p = made;
    p->kind = below(4);
    p->maxsize = below(3) ? below(5) : 0;
    p->count = 4 + below(most_steps - 4);
    const char *choice = letters[p->kind == simple];
    unsigned choices = (unsigned)strlen(choice) - (p->kind != simple && !has_shutdown ? 2 : 0);
    for (unsigned i = 0; i < p->count; i++)
        p->steps[i] = (step){choice[below(choices)], (int)below(9)};
}

static void ask(FILE *to, const void *asked) {
    const program *p = asked;
    fprintf(to, "%u %u", p->kind, p->maxsize);
    for (unsigned i = 0; i < p->count; i++)
        fprintf(to, " %c%d", p->steps[i].letter, p->steps[i].number);
}

/* A queue of either sort, and the threads that wait for it. */
typedef struct waiter {
    char letter;
    int number, result, ended;
    bool reported;
} waiter;

static const program *now;
static thrum_queue *q;
static thrum_simple_queue *q_simple;
static waiter waiters[most_threads];
static crew threads;

static int by_number(const void *a, const void *b, void *arg) {
    (void)arg;
    return *(const int *)a - *(const int *)b;
}

static void make_queue(void) {
    thrum_queue_options options = {.item_size = sizeof(int), .maxsize = now->maxsize};
    int r = now->kind == simple ? thrum_simple_queue_new(&q_simple, sizeof(int))
            : now->kind == 0    ? thrum_queue_new(&q, &options)
            : now->kind == 1    ? thrum_lifo_queue_new(&q, &options)
                                : thrum_priority_queue_new(&q, &options, by_number, NULL);
    CHECK_EQ(r, 0);
}

static void print_code(FILE *to, int r) {
    const char *name = thrum_error_name(r), *dot = strrchr(name, '.');
    fprintf(to, " %s", r == 0 ? "ok" : dot ? dot + 1 : name);
}

static void print_item(FILE *to, int r, int item) {
    if (r == 0)
        fprintf(to, " =%d", item);
    else
        print_code(to, r);
}

static int put_within(int item, thrum_timeout timeout) {
    return now->kind == simple ? thrum_simple_queue_put(q_simple, &item) : thrum_queue_put_timed(q, &item, timeout);
}

static void get_within(FILE *to, thrum_timeout timeout) {
    int item = 0, r = now->kind == simple ? thrum_simple_queue_get_timed(q_simple, &item, timeout)
                                          : thrum_queue_get_timed(q, &item, timeout);
    print_item(to, r, item);
}

static void wait_for_it(int index, void *arg) {
    waiter *me = &waiters[index];
    (void)arg;
    me->result = me->letter == 'a'   ? thrum_queue_get(q, &me->number)
                 : me->letter == 'A' ? thrum_queue_put(q, &me->number)
                                     : thrum_queue_join(q);
    put(&me->ended, 1);
}

static int waiting(char letter) {
    int count = 0;
    for (int i = 0; i < threads.size; i++)
        count += !waiters[i].reported && (!letter || waiters[i].letter == letter);
    return count;
}

/* Until each thread that was released has ended, and each other sleeps; then say who was released. */
static void settle(FILE *to) {
    int asleep;
    do {
        sched_yield();
        asleep = waiting(0);
        for (int i = 0; i < threads.size; i++)
            asleep -= !waiters[i].reported && get(&waiters[i].ended);
    } while (waiting_for(q) != asleep);
    for (int i = 0; i < threads.size; i++) {
        waiter *w = &waiters[i];
        if (w->reported || !get(&w->ended))
            continue;
        w->reported = true;
        fprintf(to, " [%d", i);
        if (w->letter == 'a')
            print_item(to, w->result, w->number);
        else
            print_code(to, w->result);
        fputc(']', to);
    }
}

/* Exactly full: with more items in it, Python wakes a thread in vain, which then stands behind the others. */
static bool is_just_full(void) {
    return thrum_queue_full(q) && thrum_queue_qsize(q) == thrum_queue_maxsize(q);
}

/* Start a thread that has to wait; nothing, when it had not to. */
static void start_waiter(FILE *to, char letter, int number) {
    bool waits = letter == 'a'   ? thrum_queue_empty(q)
                 : letter == 'A' ? is_just_full()
                                 : thrum_queue_unfinished_tasks(q) > 0;
    if (!waits || (letter != 'J' && thrum_queue_is_shutdown(q)) || threads.size == most_threads) {
        fputs(" -", to);
        return;
    }
    waiters[threads.size] = (waiter){.letter = letter, .number = number};
    crew_start(&threads, 1, wait_for_it, NULL);
}

static void print_sizes(FILE *to) {
    if (now->kind == simple)
        fprintf(to, " %zu%d", thrum_simple_queue_qsize(q_simple), thrum_simple_queue_empty(q_simple));
    else
        fprintf(to, " %zu%d%d:%zu", thrum_queue_qsize(q), thrum_queue_empty(q), thrum_queue_full(q),
                thrum_queue_unfinished_tasks(q));
}

/* As long as somebody waits for a place, a larger limit is looked at later than in Python: see docs/PYTHON-MAP.md. */
static void change_maxsize(FILE *to, int number) {
    if (waiting('A'))
        fputs(" -", to);
    else
        thrum_queue_set_maxsize(q, (size_t)number % 5);
}

static void take_step(FILE *to, step s) {
    switch (s.letter) {
    case 'p':
    case 'z':
        print_code(to, put_within(s.number, THRUM_NOWAIT));
        break;
    case 'P':
        print_code(to, put_within(s.number, thrum_milliseconds(1)));
        break;
    case 'N':
        print_code(to, put_within(s.number, thrum_seconds(-1)));
        break;
    case 'g':
    case 'Z':
        get_within(to, THRUM_NOWAIT);
        break;
    case 'G':
        get_within(to, thrum_milliseconds(1));
        break;
    case 'M':
        get_within(to, thrum_seconds(-1));
        break;
    case 'd':
        print_code(to, thrum_queue_task_done(q));
        break;
    case 'j':
        fputs(thrum_queue_join_timed(q, THRUM_NOWAIT) == 0 ? " joined" : " unfinished", to);
        break;
    case 'm':
        change_maxsize(to, s.number);
        break;
    case 'x':
    case 'X':
        thrum_queue_shutdown(q, s.letter == 'X');
        break;
    case 's':
        print_sizes(to);
        break;
    default:
        start_waiter(to, s.letter, s.number);
    }
}

/* Release whoever still waits: with items, with places, and with what is left to do. */
static void let_all_end(FILE *to) {
    for (; waiting('a'); settle(to))
        take_step(to, (step){'p', 0});
    for (; waiting('A'); settle(to))
        take_step(to, (step){'g', 0});
    for (; waiting('J'); settle(to))
        take_step(to, (step){'d', 0});
    crew_join(&threads);
}

static void answer(FILE *to, const void *asked) {
    now = asked;
    make_queue();
    for (unsigned i = 0; i < now->count; i++) {
        fprintf(to, " %c", now->steps[i].letter);
        take_step(to, now->steps[i]);
        if (now->kind != simple)
            settle(to);
    }
    if (now->kind != simple)
        let_all_end(to);
    q_simple = thrum_simple_queue_free(q_simple);
    q = thrum_queue_free(q);
}

int main(int argc, char **argv) {
    static const against_python test = {sizeof(program), make_program, ask, answer, 7};
    has_shutdown = against_has_python(13); /* the others know of no shutdown, and are not asked for one */
    return against_python_main(&test, 400, argc, argv);
}
