/* Two threads that each store and then load, on real CPUs: with the fences of platform/fence.h, in the form that the
 * system allows and in the other one, at least one of the two sees the other. And a control without any fence, which
 * has no verdict: it counts how often neither does, so that it is known whether this machine would show it.
 */
#define TEST_SECONDS 60
#include "crew.h"
#include "platform/fence.h"

enum { rounds = 20000, most_runs = 100, seconds = 3 };

typedef struct side {
    char apart[64];
    int64_t word; /* atomic: what it says; 2n - 1: ready for round n, 2n: its store in that round */
    char apart_too[64];
    int64_t seen[rounds + 1]; /* of the other's word, in each round */
} side;

typedef struct litmus {
    side sides[2];
    void (*store[2])(int64_t *word, int64_t value); /* with the fence of the frequent side, and of the rare side */
} litmus;

static void store_light(int64_t *word, int64_t value) {
    thrum__fence_light_store(word, value);
}

static void store_heavy(int64_t *word, int64_t value) {
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
    thrum__fence_heavy();
}

static void store_bare(int64_t *word, int64_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* So that the two stores fall together. */
static void meet(int64_t *mine, const int64_t *other, int64_t round) {
    __atomic_store_n(mine, 2 * round - 1, __ATOMIC_SEQ_CST);
    for (int looks = 0; __atomic_load_n(other, __ATOMIC_SEQ_CST) < 2 * round - 1;)
        if (++looks % 1000 == 0)
            sched_yield();
}

static void play(int index, void *arg) {
    litmus *test = arg;
    side *me = &test->sides[index], *other = &test->sides[1 - index];
    for (int64_t round = 1; round <= rounds; round++) {
        meet(&me->word, &other->word, round);
        for (volatile int64_t pause = round % (index ? 7 : 5); pause > 0;) /* now one is first, now the other */
            pause = pause - 1;
        test->store[index](&me->word, 2 * round);
        me->seen[round] = __atomic_load_n(&other->word, __ATOMIC_SEQ_CST);
    }
}

/* In how many rounds neither saw the other. */
static int run_once(litmus *test) {
    int neither = 0;
    crew c = {0};
    test->sides[0].word = test->sides[1].word = 0;
    crew_start(&c, 2, play, test);
    crew_join(&c);
    for (int64_t round = 1; round <= rounds; round++)
        neither += test->sides[0].seen[round] < 2 * round && test->sides[1].seen[round] < 2 * round;
    return neither;
}

static int run(const char *name, void (*frequent)(int64_t *, int64_t), void (*rare)(int64_t *, int64_t)) {
    static litmus test;
    int neither = 0, runs = 0;
    int64_t end = thrum_monotonic_ns() + seconds * INT64_C(1000000000);
    test.store[0] = frequent;
    test.store[1] = rare;
    do
        neither += run_once(&test);
    while (++runs < most_runs && thrum_monotonic_ns() < end);
    printf("# %s: %d of %d rounds in which neither saw the other\n", name, neither, runs * rounds);
    return neither;
}

TEST(light_and_heavy) {
    thrum__fences_choose();
    CHECK_EQ(run(thrum__fences_are_light ? "interrupting" : "exchanging", store_light, store_heavy), 0);
}

TEST(exchanges) {
    thrum__fences_are_light = false;
    CHECK_EQ(run("exchanging", store_light, store_heavy), 0);
}

TEST(control) {
    CHECK_GE(run("without a fence", store_bare, store_bare), 0);
}

TEST_MAIN()
