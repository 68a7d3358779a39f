/* rlock_ex - methods that call each other under one RLock.
 *
 * Python: class Account with `with self.lock:` in every method, self.lock = threading.RLock().
 *
 * Look at: deposit and withdraw hold the lock and call change, which takes it again. With a Lock they would wait for
 * themselves (reentrant_lock shows that). The inner acquire costs no atomic operation.
 */
#include "example.h"

enum { ROUNDS = 1000, AMOUNT = 10 };

typedef struct account {
    thrum_rlock lock;
    long balance, deposits, withdrawals; /* guarded by lock */
    unsigned deepest;                    /* guarded by lock */
} account;

static void account_change(account *self, long amount) {
    THRUM_WITH(&self->lock) {
        self->balance += amount;
        unsigned depth = thrum_rlock_recursion_count(&self->lock);
        if (depth > self->deepest)
            self->deepest = depth;
    }
}

static void account_deposit(account *self, long amount) {
    THRUM_WITH(&self->lock) {
        account_change(self, amount);
        self->deposits++;
    }
}

static void account_withdraw(account *self, long amount) {
    THRUM_WITH(&self->lock) {
        account_change(self, -amount);
        self->withdrawals++;
    }
}

static int earn(void *arg) {
    for (int i = 0; i < ROUNDS; i++)
        account_deposit(arg, AMOUNT);
    return 0;
}

static int spend(void *arg) {
    for (int i = 0; i < ROUNDS; i++)
        account_withdraw(arg, AMOUNT);
    return 0;
}

int main(void) {
    static account savings = {.balance = 100}; /* an all-zero lock is unlocked */
    thrum_thread *earner = start(earn, &savings, "earner"), *spender = start(spend, &savings, "spender");
    join(earner);
    join(spender);
    printf("%ld deposits, %ld withdrawals, balance %ld, at most %u levels deep\n", savings.deposits,
           savings.withdrawals, savings.balance, savings.deepest);
    return 0;
}
