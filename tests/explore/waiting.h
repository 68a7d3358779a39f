/* waiting.h - who waits where: a look into the waiting room, which only there says who waits already. */
#ifndef WAITING_H
#define WAITING_H

#include <stdbool.h>
#include <stdint.h>

/* Counts that no lock protects. */
int get(const int *count);
void add(int *count, int n);

/* The calling thread is this one of the crew, of three; whether a thread of the crew waits at `key`. Nobody is yet
 * after forget_waiters(). */
void be(intptr_t index);
bool waits_at(int index, const void *key);
bool sleeps_in_sight(int index); /* at an address of its own: see park/meeting.c */
void forget_waiters(void);

/* Wait until ready(arg). */
void wait_until(bool (*ready)(void *arg), void *arg);

#endif
