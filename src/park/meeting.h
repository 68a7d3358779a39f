/* meeting.h - threads that wait for one moment, at which all of them are told: nobody leaves alone.
 *
 * A thread joins by one exchange of the object's word, with no latch and no list to touch but its own record, and
 * whoever ends the meeting takes all that are inside by one more. The word:
 *
 *     bits  0..31  the object's own state, which changes in the same moment
 *     bits 32..61  the number of the thread that joined last, whose record names the one before it; 0: nobody inside
 *     bit  62      TIMED: one of those inside has a time limit
 *
 * Moves: join puts a thread in front; change leaves everybody inside; take leaves nobody, and clears TIMED. While
 * TIMED is set, join may and take must happen under the latch of the word's queue.
 *
 * The object may be gone when the first of those inside has been told. So a thread that waits looks at its own record
 * only, and one that gives up may touch the object only as long as it is surely inside: it is queued in the waiting
 * room from the moment in which it joins, and taken out of there under the latch in which TIMED had to be seen. A
 * thread without a limit is queued only when it goes to sleep, for those who ask what threads wait for, and not at
 * the object's address.
 */
#ifndef THRUM_PARK_MEETING_H
#define THRUM_PARK_MEETING_H

#include "base/hooks.h"
#include "park/queue.h"

/* The word, for a decision about it; it is to be compared when the decision is carried out. */
static inline uint64_t thrum__meeting_look(const uint64_t *word) {
    thrum__point(word, THRUM__POINT_READ);
    /* Acquire: pairs with the exchanges, so that what the last one's thread did before is seen. */
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* Join, to be told `promise` if all goes well, and make the object's state `state`. Returns false, with nothing
 * changed but *seen up to date, when the word is not *seen any more. `wait` need not say since when. */
bool thrum__meeting_join(uint64_t *word, uint64_t *seen, uint32_t state, uint32_t promise, const thrum__wait *wait);

/* Wait, having joined, for the end. `others`: how many threads have to run before it can come. Returns true, with
 * what the thread was told in its token, or false when the time has passed: then it gives up, and waits once more
 * without a limit for what comes of it. */
bool thrum__meeting_wait(const thrum__wait *wait, int64_t deadline, uint32_t others);

/* Make the object's state `state`, with everybody where they are; or take everybody out, to be told by the calls
 * below what they were promised, or something else. Both return false as join does. */
bool thrum__meeting_change(uint64_t *word, uint64_t *seen, uint32_t state);
bool thrum__meeting_take(uint64_t *word, uint64_t *seen, uint32_t state);

/* Tell those who were inside when the word was `taken`. Before the first call the object may be used, after it
 * not. */
void thrum__meeting_keep(uint64_t taken);
void thrum__meeting_disappoint(uint64_t taken, uint32_t token);

/* For the calling thread, whose time has passed: keep it inside, until the queue is unlocked. NULL: it is not inside
 * any more, and about to be told; the object may be gone. */
thrum__queue *thrum__meeting_hold(uint64_t *word);

/* As thrum__meeting_take(), by the holder. */
bool thrum__meeting_take_held(thrum__queue *queue, uint64_t *word, uint64_t *seen, uint32_t state);

#endif
