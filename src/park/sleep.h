/* sleep.h - sleeping on a word and waking who sleeps there, by the system or by the hooks. */
#ifndef THRUM_PARK_SLEEP_H
#define THRUM_PARK_SLEEP_H

#include "base/hooks.h"
#include "platform/platform.h"

/* Sleep while *word == expected, until woken or until `deadline`. Returns 0, perhaps early, or -ETIMEDOUT. */
static inline int thrum__wait_on(uint32_t *word, uint32_t expected, int64_t deadline) {
    const thrum__hooks *hooks = thrum__hooks_get();
    if (__builtin_expect(hooks != NULL, 0))
        return hooks->wait(word, expected, deadline);
    return thrum__os_wait(word, expected, deadline);
}

static inline void thrum__wake_on(uint32_t *word) {
    const thrum__hooks *hooks = thrum__hooks_get();
    if (__builtin_expect(hooks != NULL, 0))
        hooks->wake(word);
    else
        thrum__os_wake(word);
}

#endif
