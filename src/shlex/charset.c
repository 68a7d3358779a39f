/* charset.c - sets of characters, by code point. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "shlex/lexer.h"

static int compare_points(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

/* A string ends, so a cut sequence at its end is taken byte by byte. */
static size_t decode(const unsigned char *at, size_t size, uint32_t *ret_point) {
    size_t length = thrum__utf8_decode(at, size, ret_point);
    if (length > 0)
        return length;
    *ret_point = THRUM__RAW_BYTE + at[0];
    return 1;
}

int thrum__charset_new(thrum__charset *ret_set, const char *text) {
    size_t size = strlen(text);
    thrum__charset set = {thrum__strdup(text), thrum__malloc((size + 1) * sizeof(uint32_t)), 0};
    if (!set.text || !set.points) {
        thrum__charset_free(&set);
        return -ENOMEM;
    }
    for (size_t at = 0; at < size;)
        at += decode((const unsigned char *)text + at, size - at, &set.points[set.count++]);
    qsort(set.points, set.count, sizeof set.points[0], compare_points);
    *ret_set = set;
    return 0;
}

void thrum__charset_free(thrum__charset *set) {
    free(set->text);
    free(set->points);
    *set = (thrum__charset){0};
}

bool thrum__charset_has(const thrum__charset *set, uint32_t point) {
    return bsearch(&point, set->points, set->count, sizeof point, compare_points) != NULL;
}
