/* utf8.h - code points of UTF-8 text, one at a time. */
#ifndef THRUM_UTF8_H
#define THRUM_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Added to a byte that is not part of valid UTF-8, so that it differs from every code point. */
#define THRUM__RAW_BYTE UINT32_C(0x110000)

/* Decode the first code point of the `size` bytes at `at` into *ret_point.
 *
 * Returns its length, 1 to 4. Strict: overlong forms, surrogates and numbers above U+10FFFF are not valid, and each
 * of their bytes is a point of its own, THRUM__RAW_BYTE + byte, of length 1. Returns 0 when the bytes are a valid
 * beginning that needs more bytes, and for size 0. */
size_t thrum__utf8_decode(const unsigned char *at, size_t size, uint32_t *ret_point);

#endif
