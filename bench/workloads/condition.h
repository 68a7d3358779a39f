/* condition.h - the workload of a condition variable. The peer has defined what workloads/lock.h needs,
 * peer_condition and, each of a peer_condition * and its peer_lock *, peer_condition_init(), peer_condition_wait()
 * and peer_condition_notify(). */
#ifndef BENCH_WORKLOADS_CONDITION_H
#define BENCH_WORKLOADS_CONDITION_H

#include "workloads/pingpong.h"

typedef struct condition_game {
    peer_lock lock;
    peer_condition your_turn[2];
    int turn;
} condition_game;

static void condition_round(int side, void *arg) {
    condition_game *game = (condition_game *)arg;
    peer_lock_acquire(&game->lock);
    while (game->turn != side)
        peer_condition_wait(&game->your_turn[side], &game->lock);
    game->turn = !side;
    peer_condition_notify(&game->your_turn[!side], &game->lock);
    peer_lock_release(&game->lock);
}

static void condition_pingpong(const workload *self) {
    static condition_game game;
    peer_lock_init(&game.lock);
    peer_condition_init(&game.your_turn[0], &game.lock);
    peer_condition_init(&game.your_turn[1], &game.lock);
    pingpong_play(self, condition_round, &game);
}

#define CONDITION_WORKLOADS                                                                                          \
    {"condition.pingpong", condition_pingpong, 2, 10000}, {"condition.pingpong@1cpu", condition_pingpong, 2, 40000}, \
    {                                                                                                                \
        "condition.pingpong@split", condition_pingpong, 2, 10000                                                     \
    }

#endif
