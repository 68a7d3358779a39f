/* good.c - code that keeps its promises: clang's analysis must have nothing to say. Compiled, never run. */
#include <thrum.h>

struct account {
    thrum_lock lock;
    long balance THRUM_GUARDED_BY(&lock);
};

long deposit(struct account *account, long amount);
long deposit_now(struct account *account, long amount);
long sum_locked(const struct account *account) THRUM_REQUIRES(&account->lock);

long deposit(struct account *account, long amount) {
    thrum_lock_acquire(&account->lock);
    account->balance += amount;
    long balance = sum_locked(account);
    thrum_lock_release(&account->lock);
    return balance;
}

long deposit_now(struct account *account, long amount) {
    if (thrum_lock_try_acquire(&account->lock) != 0)
        return -1;
    account->balance += amount;
    thrum_lock_release(&account->lock);
    return 0;
}

long sum_locked(const struct account *account) {
    return account->balance;
}
