/* leaked.c - refused: one way out of the function keeps the lock. */
#include <thrum.h>

struct account {
    thrum_lock lock;
    long balance THRUM_GUARDED_BY(&lock);
};

int withdraw(struct account *account, long amount);

int withdraw(struct account *account, long amount) {
    thrum_lock_acquire(&account->lock);
    if (account->balance < amount)
        return -1;
    account->balance -= amount;
    thrum_lock_release(&account->lock);
    return 0;
}
