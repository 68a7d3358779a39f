/* One owner and one thief of a deque that is nearly empty all the time, on real CPUs: where they meet, each task goes
 * to exactly one of them, in both forms of the fences, and as the owner's part is inlined in callers.
 */
#define TEST_SECONDS 60
#include "crew.h"
#include "futures/deque.h"

enum { seconds = 2, kinds = 3 };

static thrum__deque deque;
static thrum__task tasks[kinds];
static int64_t put_aside, stolen, popped; /* by the owner, the thief, the owner */
static int over;                          /* atomic */
static bool inlined;

static void be_a_thief(int index, void *arg) {
    (void)index;
    (void)arg;
    while (!get(&over)) {
        bool again;
        stolen += thrum__deque_steal(&deque, &again) != NULL;
    }
}

/* Long enough that the thief comes near, by lengths that differ. */
static void let_it_come(int64_t round) {
    for (volatile int64_t pause = round % 61; pause > 0;)
        pause = pause - 1;
}

static void push(thrum__task *task) {
    if (inlined && deque.bottom_ < deque.limit_)
        thrum_deque_push_(&deque, deque.bottom_, task);
    else
        CHECK(thrum__deque_push(&deque, task));
}

static thrum__task *pop(void) {
    thrum__task *task = inlined ? thrum_deque_pop_(&deque) : NULL;
    return task ? task : thrum__deque_pop(&deque);
}

/* A task that two take is one too many in the sum; one that nobody takes, one too few. */
static void be_the_owner(void) {
    int64_t end = thrum_monotonic_ns() + seconds * INT64_C(1000000000);
    do {
        for (int round = 0; round < 1000; round++) {
            for (int i = 0; i <= round % kinds; i++, put_aside++)
                push(&tasks[i]);
            let_it_come(put_aside);
            while (pop())
                popped++;
        }
    } while (thrum_monotonic_ns() < end);
}

static void run(void) {
    crew c = {0};
    crew_start(&c, 1, be_a_thief, NULL);
    be_the_owner();
    put(&over, 1);
    crew_join(&c);
    printf("# %s%s: %lld tasks, %lld of them stolen\n", thrum__fences_are_light ? "interrupting" : "exchanging",
           inlined ? ", inlined" : "", (long long)put_aside, (long long)stolen);
    CHECK_EQ(popped + stolen, put_aside);
    thrum__deque_free(&deque);
}

TEST(light_and_heavy) {
    thrum__fences_choose();
    run();
}

TEST(light_and_heavy_inlined) {
    thrum__fences_choose();
    inlined = thrum__fences_are_light;
    run();
}

TEST(exchanges) {
    thrum__fences_are_light = false;
    run();
}

TEST_MAIN()
