/* pingpong.h - two threads that wake each other in turn: how long a turn takes. */
#ifndef BENCH_WORKLOADS_PINGPONG_H
#define BENCH_WORKLOADS_PINGPONG_H

#include "harness/measure.h"

enum { pingpong_warm_up = 200 };

typedef struct pingpong {
    void (*round)(int side, void *arg); /* give the turn to the other side, and wait until it comes back */
    void *arg;
    long rounds;
    int64_t took_ns;
} pingpong;

/* Both sides play the same number of rounds; side 0 has the first turn and the watch. */
static void pingpong_side(int side, void *arg) {
    pingpong *game = (pingpong *)arg;
    for (long i = 0; i < pingpong_warm_up; i++)
        game->round(side, game->arg);
    int64_t start = now_ns();
    for (long i = 0; i < game->rounds; i++)
        game->round(side, game->arg);
    if (side == 0)
        game->took_ns = now_ns() - start;
}

static void pingpong_play(const workload *self, void (*round)(int side, void *arg), void *arg) {
    pingpong game = {round, arg, self->count / 2, 0};
    run_together(2, is_split(self), pingpong_side, NULL, &game);
    report(self, "time", (double)game.took_ns / (double)(2 * game.rounds), "ns");
}

#endif
