/* random.h - numbers that a seed determines (splitmix64, Steele, Lea and Flood 2014). */
#ifndef THRUM_EXPLORE_RANDOM_H
#define THRUM_EXPLORE_RANDOM_H

#include <stdint.h>

static inline uint64_t x_mix(uint64_t z) {
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline uint64_t x_random(uint64_t *state) {
    return x_mix(*state += UINT64_C(0x9e3779b97f4a7c15));
}

/* From 0 to n - 1; the bias of the multiplication is 2^-32 for the small n of this library. */
static inline uint32_t x_random_below(uint64_t *state, uint32_t n) {
    return (uint32_t)(((x_random(state) >> 32) * n) >> 32);
}

#endif
