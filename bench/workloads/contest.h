/* contest.h - threads that put items into a queue, and threads that take them out: how many items pass in a second.
 * A kind of queue brings two loops, compiled with its operations inside. */
#ifndef BENCH_WORKLOADS_CONTEST_H
#define BENCH_WORKLOADS_CONTEST_H

#include <stdio.h>

#include "harness/measure.h"

enum { contest_most = 8 };

/* The shape of a contest, and the two loops. The items are the numbers from 1 on, each producer's its own. */
typedef struct contest {
    int producers, consumers;
    long count; /* items in all */
    void *queue;
    void (*produce)(void *queue, uintptr_t first, long count);
    uintptr_t (*consume)(void *queue, long count); /* returns the sum of what it took out */
    int64_t began[contest_most], ended[contest_most];
    uintptr_t sums[contest_most];
} contest;

/* The producers come first, so of two threads that are pinned apart each has a side. */
static void contest_member(int index, void *arg) {
    contest *self = (contest *)arg;
    long each = self->count / self->producers;
    self->began[index] = now_ns();
    if (index < self->producers)
        self->produce(self->queue, (uintptr_t)(index * each) + 1, each);
    else
        self->sums[index] = self->consume(self->queue, self->count / self->consumers);
    self->ended[index] = now_ns();
}

static void contest_check(const contest *self) {
    uintptr_t sum = 0, count = (uintptr_t)self->count;
    for (int i = self->producers; i < self->producers + self->consumers; i++)
        sum += self->sums[i];
    if (sum != count * (count + 1) / 2)
        give_up("items were lost, or came twice");
}

/* From the first thread's start to the last one's end. */
static double contest_run(const workload *self, contest *game) {
    game->count = self->count;
    run_together(game->producers + game->consumers, is_split(self), contest_member, NULL, game);
    contest_check(game);
    int64_t began = game->began[0], ended = game->ended[0];
    for (int i = 1; i < game->producers + game->consumers; i++) {
        began = game->began[i] < began ? game->began[i] : began;
        ended = game->ended[i] > ended ? game->ended[i] : ended;
    }
    return (double)(ended - began);
}

/* Of a name like queue.4x1.16: 4 producers, 1 consumer; returns what follows, or `otherwise`. */
static int contest_shape(const workload *self, contest *game, int otherwise) {
    int capacity = otherwise;
    if (sscanf(self->name, "%*[a-z].%dx%d.%d", &game->producers, &game->consumers, &capacity) < 2)
        give_up("a name without a shape");
    return capacity;
}

static void contest_rate(const workload *self, contest *game) {
    report(self, "rate", (double)self->count / contest_run(self, game) * 1e3, "M/s");
}

#endif
