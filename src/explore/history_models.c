/* history_models.c - what registers, counters, queues, sets, locks and semaphores are meant to do.
 *
 * Each step is written so that what is pending, and so may have any result, takes the way of success: that it failed
 * is the same as that it has not happened.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "explore/history.h"

typedef thrum_history_operation operation;
typedef thrum_history_options options;

static const thrum_history_verb verbs[THRUM_HISTORY_VERB_COUNT_] = {
    [THRUM_HISTORY_READ] = {"read", 0, THRUM_HISTORY_VALUE},
    [THRUM_HISTORY_WRITE] = {"write", 1, THRUM_HISTORY_RESULT},
    [THRUM_HISTORY_SWAP] = {"swap", 2, THRUM_HISTORY_ANSWER},
    [THRUM_HISTORY_ADD] = {"add", 1, THRUM_HISTORY_VALUE},
    [THRUM_HISTORY_PUT] = {"put", 1, THRUM_HISTORY_RESULT},
    [THRUM_HISTORY_GET] = {"get", 0, THRUM_HISTORY_VALUE},
    [THRUM_HISTORY_SIZE] = {"size", 0, THRUM_HISTORY_VALUE},
    [THRUM_HISTORY_SHUTDOWN] = {"shutdown", 1, THRUM_HISTORY_RESULT},
    [THRUM_HISTORY_INSERT] = {"insert", 1, THRUM_HISTORY_ANSWER},
    [THRUM_HISTORY_REMOVE] = {"remove", 1, THRUM_HISTORY_ANSWER},
    [THRUM_HISTORY_CONTAINS] = {"contains", 1, THRUM_HISTORY_ANSWER},
    [THRUM_HISTORY_ACQUIRE] = {"acquire", 0, THRUM_HISTORY_RESULT},
    [THRUM_HISTORY_RELEASE] = {"release", 1, THRUM_HISTORY_RESULT},
    [THRUM_HISTORY_LOCKED] = {"locked", 0, THRUM_HISTORY_ANSWER},
};

static bool pending(const operation *op) {
    return thrum_history_pending(op);
}

/* Any result of a pending operation is right, otherwise this one only. */
static bool results_in(const operation *op, int64_t result) {
    return pending(op) || op->result == result;
}

static bool gives(const operation *op, int64_t value) {
    return pending(op) || (op->result == 0 && op->value == value);
}

static bool answers(const operation *op, bool answer) {
    return pending(op) || (op->result != 0) == answer;
}

/* No memory, interrupted...: allowed always, and nothing has happened. */
static bool failed_in_the_system(const operation *op) {
    return !pending(op) && op->result < 0 && op->result >= -4095;
}

/* Register and counter, and the value of a semaphore: a number. */
typedef struct number {
    int64_t value;
} number;

static size_t number_size(const options *o, size_t operations) {
    (void)o, (void)operations;
    return sizeof(number);
}

static void number_init(const options *o, void *state) {
    ((number *)state)->value = o->initial;
}

static void number_print(const void *state, char *buffer, size_t size) {
    snprintf(buffer, size, "%lld", (long long)((const number *)state)->value);
}

static bool register_step(const options *o, void *state, const operation *op) {
    number *s = state;
    (void)o;
    bool same = s->value == op->argument[0];
    switch (op->verb) {
    case THRUM_HISTORY_READ:
        return gives(op, s->value);
    case THRUM_HISTORY_WRITE:
        s->value = op->argument[0];
        return results_in(op, 0);
    case THRUM_HISTORY_SWAP:
        s->value = same ? op->argument[1] : s->value;
        return answers(op, same);
    default:
        return false;
    }
}

const thrum_history_model thrum_model_register = {
    "register", verbs, THRUM_HISTORY_VERB_COUNT_, number_size, number_init, register_step, NULL, number_print};

static bool counter_step(const options *o, void *state, const operation *op) {
    number *s = state;
    (void)o;
    if (op->verb == THRUM_HISTORY_READ)
        return gives(op, s->value);
    if (op->verb != THRUM_HISTORY_ADD || !gives(op, s->value))
        return false;
    s->value = (int64_t)((uint64_t)s->value + (uint64_t)op->argument[0]);
    return true;
}

const thrum_history_model thrum_model_counter = {
    "counter", verbs, THRUM_HISTORY_VERB_COUNT_, number_size, number_init, counter_step, NULL, number_print};

/* Queues, stack, set: items in a row. */
typedef struct row {
    int64_t shut; /* 1 after a shutdown */
    int64_t count;
    int64_t items[];
} row;

static size_t row_size(const options *o, size_t operations) {
    (void)o;
    return sizeof(row) + operations * sizeof(int64_t);
}

static size_t row_used(const void *state) {
    return sizeof(row) + (size_t)((const row *)state)->count * sizeof(int64_t);
}

static void row_init(const options *o, void *state) {
    (void)o;
    *(row *)state = (row){0};
}

static void row_print(const void *state, char *buffer, size_t size) {
    const row *s = state;
    size_t used = (size_t)snprintf(buffer, size, "%s[", s->shut ? "shut down, " : "");
    for (int64_t i = 0; i < s->count && used + 32 < size; i++)
        used += (size_t)snprintf(buffer + used, size - used, "%s%lld", i ? ", " : "", (long long)s->items[i]);
    snprintf(buffer + used, size - used, "%s]", used + 32 < size ? "" : ", ...");
}

static void row_insert(row *s, int64_t index, int64_t item) {
    memmove(&s->items[index + 1], &s->items[index], (size_t)(s->count - index) * sizeof item);
    s->items[index] = item;
    s->count++;
}

static void row_remove(row *s, int64_t index) {
    s->count--;
    memmove(&s->items[index], &s->items[index + 1], (size_t)(s->count - index) * sizeof s->items[0]);
}

/* Where an item belongs in a row in order: before all that are not smaller. */
static int64_t place_of(const row *s, int64_t item) {
    int64_t index = 0;
    while (index < s->count && s->items[index] < item)
        index++;
    return index;
}

static bool put(const options *o, row *s, const operation *op, int64_t index) {
    if (s->shut)
        return !pending(op) && op->result == THRUM_SHUT_DOWN;
    if (o->limit > 0 && s->count >= o->limit)
        return !pending(op) && op->result == THRUM_FULL;
    row_insert(s, index, op->argument[0]);
    return results_in(op, 0);
}

static bool get(row *s, const operation *op, int64_t index) {
    if (s->count == 0)
        return !pending(op) && op->result == (s->shut ? THRUM_SHUT_DOWN : THRUM_EMPTY);
    int64_t item = s->items[index];
    row_remove(s, index);
    return gives(op, item);
}

/* What differs between the kinds is where an item goes in and where one comes out. */
static bool row_step(const options *o, row *s, const operation *op, int64_t in, int64_t out) {
    if (failed_in_the_system(op))
        return true;
    switch (op->verb) {
    case THRUM_HISTORY_PUT:
        return put(o, s, op, in);
    case THRUM_HISTORY_GET:
        return get(s, op, out);
    case THRUM_HISTORY_SIZE:
        return gives(op, s->count);
    case THRUM_HISTORY_SHUTDOWN:
        s->shut = 1;
        s->count = op->argument[0] ? 0 : s->count;
        return results_in(op, 0);
    default:
        return false;
    }
}

static bool queue_step(const options *o, void *state, const operation *op) {
    row *s = state;
    return row_step(o, s, op, s->count, 0);
}

static bool stack_step(const options *o, void *state, const operation *op) {
    row *s = state;
    return row_step(o, s, op, s->count, s->count - 1);
}

static bool priority_queue_step(const options *o, void *state, const operation *op) {
    row *s = state;
    return row_step(o, s, op, place_of(s, op->argument[0]), 0);
}

const thrum_history_model thrum_model_queue = {
    "queue", verbs, THRUM_HISTORY_VERB_COUNT_, row_size, row_init, queue_step, row_used, row_print};
const thrum_history_model thrum_model_stack = {
    "stack", verbs, THRUM_HISTORY_VERB_COUNT_, row_size, row_init, stack_step, row_used, row_print};
const thrum_history_model thrum_model_priority_queue = {
    "priority queue", verbs, THRUM_HISTORY_VERB_COUNT_, row_size, row_init, priority_queue_step, row_used, row_print};

static bool set_step(const options *o, void *state, const operation *op) {
    row *s = state;
    int64_t index = place_of(s, op->argument[0]);
    bool there = index < s->count && s->items[index] == op->argument[0];
    (void)o;
    if (failed_in_the_system(op))
        return true;
    switch (op->verb) {
    case THRUM_HISTORY_INSERT:
        if (!there)
            row_insert(s, index, op->argument[0]);
        return answers(op, !there);
    case THRUM_HISTORY_REMOVE:
        if (there)
            row_remove(s, index);
        return answers(op, there);
    case THRUM_HISTORY_CONTAINS:
        return answers(op, there);
    case THRUM_HISTORY_SIZE:
        return gives(op, s->count);
    default:
        return false;
    }
}

const thrum_history_model thrum_model_set = {
    "set", verbs, THRUM_HISTORY_VERB_COUNT_, row_size, row_init, set_step, row_used, row_print};

/* Lock and rlock. */
typedef struct owned {
    int64_t depth; /* 0: not locked */
    int64_t owner;
} owned;

static size_t owned_size(const options *o, size_t operations) {
    (void)o, (void)operations;
    return sizeof(owned);
}

static void owned_init(const options *o, void *state) {
    (void)o;
    *(owned *)state = (owned){0};
}

static void owned_print(const void *state, char *buffer, size_t size) {
    const owned *s = state;
    if (s->depth == 0)
        snprintf(buffer, size, "not locked");
    else
        snprintf(buffer, size, "locked by T%lld, %lld times", (long long)s->owner, (long long)s->depth);
}

/* Acquire where `allowed`, release where it is `held`; an acquire that gives up, or reports a deadlock, has seen that
 * it is not allowed. */
static bool owned_step(owned *s, const operation *op, bool allowed, bool held) {
    if (failed_in_the_system(op))
        return true;
    switch (op->verb) {
    case THRUM_HISTORY_ACQUIRE:
        if (!allowed)
            return !pending(op) && (op->result == THRUM_TIMED_OUT || op->result == THRUM_DEADLOCK);
        s->depth++;
        s->owner = op->thread;
        return results_in(op, 0);
    case THRUM_HISTORY_RELEASE:
        if (!held)
            return !pending(op) && op->result == THRUM_RUNTIME_ERROR;
        s->depth--;
        s->owner = s->depth ? s->owner : 0;
        return results_in(op, 0);
    case THRUM_HISTORY_LOCKED:
        return answers(op, s->depth > 0);
    default:
        return false;
    }
}

static bool lock_step(const options *o, void *state, const operation *op) {
    owned *s = state;
    (void)o;
    return owned_step(s, op, s->depth == 0, s->depth > 0);
}

static bool rlock_step(const options *o, void *state, const operation *op) {
    owned *s = state;
    bool mine = s->depth > 0 && s->owner == op->thread;
    (void)o;
    return owned_step(s, op, s->depth == 0 || mine, mine);
}

const thrum_history_model thrum_model_lock = {
    "lock", verbs, THRUM_HISTORY_VERB_COUNT_, owned_size, owned_init, lock_step, NULL, owned_print};
const thrum_history_model thrum_model_rlock = {
    "rlock", verbs, THRUM_HISTORY_VERB_COUNT_, owned_size, owned_init, rlock_step, NULL, owned_print};

static bool semaphore_step(const options *o, void *state, const operation *op) {
    number *s = state;
    if (failed_in_the_system(op))
        return true;
    switch (op->verb) {
    case THRUM_HISTORY_ACQUIRE:
        if (s->value == 0)
            return !pending(op) && op->result == THRUM_TIMED_OUT;
        s->value--;
        return results_in(op, 0);
    case THRUM_HISTORY_RELEASE:
        if (o->limit > 0 && op->argument[0] > o->limit - s->value)
            return !pending(op) && op->result == THRUM_VALUE_ERROR;
        s->value += op->argument[0];
        return results_in(op, 0);
    case THRUM_HISTORY_READ:
        return gives(op, s->value);
    default:
        return false;
    }
}

const thrum_history_model thrum_model_semaphore = {
    "semaphore", verbs, THRUM_HISTORY_VERB_COUNT_, number_size, number_init, semaphore_step, NULL, number_print};
