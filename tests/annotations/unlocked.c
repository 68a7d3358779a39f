/* unlocked.c - refused: what a lock guards is written without it. */
#include <thrum.h>

struct account {
    thrum_lock lock;
    long balance THRUM_GUARDED_BY(&lock);
};

void deposit(struct account *account, long amount);

void deposit(struct account *account, long amount) {
    account->balance += amount;
}
