#include "base/utf8.h"

/* The lead bytes of each length, and what the second byte may be: the table of well-formed sequences of the Unicode
 * standard (3.9, table 3-7). The third and fourth bytes are always 80..BF. */
typedef struct lead {
    unsigned char first, last, low, high, length;
} lead;

static const lead leads[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

static const lead *find_lead(unsigned char byte) {
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++)
        if (byte >= leads[i].first && byte <= leads[i].last)
            return &leads[i];
    return NULL;
}

static size_t raw(unsigned char byte, uint32_t *ret_point) {
    *ret_point = THRUM__RAW_BYTE + byte;
    return 1;
}

size_t thrum__utf8_decode(const unsigned char *at, size_t size, uint32_t *ret_point) {
    if (size == 0)
        return 0;
    if (at[0] < 0x80) {
        *ret_point = at[0];
        return 1;
    }
    const lead *l = find_lead(at[0]);
    if (!l)
        return raw(at[0], ret_point);
    uint32_t point = at[0] & (0x7Fu >> l->length);
    for (size_t i = 1; i < l->length; i++) {
        if (i == size)
            return 0;
        if (at[i] < (i == 1 ? l->low : 0x80) || at[i] > (i == 1 ? l->high : 0xBF))
            return raw(at[0], ret_point);
        point = point << 6 | (at[i] & 0x3Fu);
    }
    *ret_point = point;
    return l->length;
}
