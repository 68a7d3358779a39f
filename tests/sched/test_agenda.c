/* test_agenda.c - src/sched/agenda.h: exact order, and cancelling, among thousands of events. */
#include "sched/agenda.h"
#include "test.h"

enum { most = 6000 };

/* The agenda, and beside it the same events in a plain list. */
typedef struct model {
    thrum__agenda agenda;
    thrum_scheduler_event live[most];
    uint32_t count;
    unsigned seed;
} model;

static int nothing(void *arg) {
    (void)arg;
    return 0;
}

static void enter(model *m, int64_t time, int priority) {
    thrum_scheduler_event event = {.time = {time}, .priority = priority, .action = nothing, .argument = m};
    CHECK_EQ(thrum__agenda_add(&m->agenda, &event), 0);
    m->live[m->count++] = event;
}

static bool before(const thrum_scheduler_event *a, const thrum_scheduler_event *b) {
    if (a->time.ns != b->time.ns)
        return a->time.ns < b->time.ns;
    return a->priority != b->priority ? a->priority < b->priority : a->sequence < b->sequence;
}

/* Forget one that was taken out; it must not be found any more. */
static void forget(model *m, uint32_t index) {
    thrum_scheduler_event gone = m->live[index];
    CHECK_EQ(thrum__agenda_find(&m->agenda, &gone), m->agenda.count);
    m->live[index] = m->live[--m->count];
    CHECK_EQ(m->agenda.count, m->count);
}

static void cancel(model *m, uint32_t index) {
    uint32_t place = thrum__agenda_find(&m->agenda, &m->live[index]);
    CHECK(place < m->agenda.count);
    thrum_scheduler_event there = thrum__agenda_at(&m->agenda, place);
    CHECK_EQ(there.sequence, m->live[index].sequence);
    thrum__agenda_remove(&m->agenda, place);
    forget(m, index);
}

/* The first of the agenda is the first of the list. */
static void take_first(model *m) {
    uint32_t first = 0;
    for (uint32_t i = 1; i < m->count; i++)
        if (before(&m->live[i], &m->live[first]))
            first = i;
    thrum_scheduler_event taken = thrum__agenda_at(&m->agenda, 0);
    CHECK_EQ(taken.sequence, m->live[first].sequence);
    CHECK_EQ(taken.time.ns, m->live[first].time.ns);
    CHECK(taken.action == nothing && taken.argument == m);
    thrum__agenda_remove(&m->agenda, 0);
    forget(m, first);
}

/* Everybody is where its slot says, and the horizon divides the near from the others. */
static void check_places(const model *m) {
    const thrum__agenda *agenda = &m->agenda;
    CHECK(agenda->near <= agenda->count && (agenda->near > 0 || agenda->count == 0));
    for (uint32_t place = 0; place < agenda->count; place++) {
        CHECK_EQ(agenda->slots[agenda->entries[place].slot].place, place);
        CHECK_EQ(agenda->entries[place].time <= agenda->horizon, place < agenda->near);
    }
}

static int any(model *m, int below) {
    return rand_r(&m->seed) % below;
}

static void drain(model *m) {
    while (m->count > 0) {
        if (m->count % 1000 == 0)
            check_places(m);
        take_first(m);
    }
    thrum__agenda_free(&m->agenda);
}

static model the_model;

TEST(comes_out_in_order_whatever_the_order_of_entering) {
    for (int way = 0; way < 4; way++) {
        the_model = (model){.seed = 1};
        for (int i = 0; i < most; i++) {
            int64_t times[] = {i, most - i, any(&the_model, 1000), i % 3 * INT64_C(1000000000)};
            enter(&the_model, times[way], any(&the_model, 3));
        }
        check_places(&the_model);
        drain(&the_model);
    }
}

TEST(all_at_one_time_come_by_priority_and_sequence) {
    the_model = (model){.seed = 2};
    for (int i = 0; i < most; i++)
        enter(&the_model, INT64_MAX, any(&the_model, 2));
    check_places(&the_model);
    drain(&the_model);
}

TEST(cancelled_in_any_order) {
    the_model = (model){.seed = 3};
    for (int i = 0; i < most; i++)
        enter(&the_model, any(&the_model, 100000), 0);
    while (the_model.count > 0) {
        if (the_model.count % 500 == 0)
            check_places(&the_model);
        cancel(&the_model, (uint32_t)any(&the_model, (int)the_model.count));
    }
    thrum__agenda_free(&the_model.agenda);
}

/* Time goes on: what is entered lies before, around and beyond the horizon. */
TEST(entered_cancelled_and_called_in_turn) {
    the_model = (model){.seed = 4};
    for (int64_t now = 0; now < 20000; now++) {
        int what = any(&the_model, 10);
        if (the_model.count < most && (what < 6 || the_model.count == 0))
            enter(&the_model, now + any(&the_model, what < 3 ? 100 : 1000000), any(&the_model, 2));
        else if (what < 9)
            cancel(&the_model, (uint32_t)any(&the_model, (int)the_model.count));
        else
            take_first(&the_model);
        if (now % 500 == 0)
            check_places(&the_model);
    }
    drain(&the_model);
}

TEST(an_empty_agenda_starts_anew) {
    the_model = (model){.seed = 5};
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3000; i++)
            enter(&the_model, round * 10000 + any(&the_model, 1000), 0);
        while (the_model.count > 0)
            take_first(&the_model);
        enter(&the_model, INT64_MIN, 0);
        enter(&the_model, INT64_MAX, 0);
        take_first(&the_model);
        take_first(&the_model);
    }
    thrum__agenda_free(&the_model.agenda);
}

TEST_MAIN()
