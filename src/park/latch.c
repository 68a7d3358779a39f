#include "park/latch.h"
#include "park/sleep.h"
#include "park/spin.h"

enum { looks = 30 }; /* a latch is nearly always free again before a sleep would have begun */

void thrum__latch_lock_slow(thrum__latch *latch) {
    for (int i = 0; i < looks && thrum__hooks_get() == NULL; i++) {
        uint32_t unlocked = 0;
        thrum__spin_pause();
        /* Acquire: pairs with the release exchange of unlock. */
        if (__atomic_compare_exchange_n(&latch->word, &unlocked, 1, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return;
    }
    /* Acquire: pairs with the release exchange of unlock. */
    while (__atomic_exchange_n(&latch->word, 2, __ATOMIC_ACQUIRE) != 0)
        (void)thrum__wait_on(&latch->word, 2, INT64_MAX);
}

void thrum__latch_unlock_slow(thrum__latch *latch) {
    thrum__wake_on(&latch->word);
}
