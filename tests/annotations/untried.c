/* untried.c - refused: a time limit that passed is taken for a lock that is held. */
#include <thrum.h>

struct account {
    thrum_lock lock;
    long balance THRUM_GUARDED_BY(&lock);
};

void deposit(struct account *account, long amount);

void deposit(struct account *account, long amount) {
    if (thrum_lock_acquire_timed(&account->lock, THRUM_NOWAIT) != 0)
        account->balance += amount;
    else
        thrum_lock_release(&account->lock);
}
