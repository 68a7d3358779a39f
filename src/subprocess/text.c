/* text.c - captured bytes as text: an encoding, what to do with what does not fit it, and universal newlines.
 *
 * C strings are UTF-8 here, so the result is too. Bytes that surrogateescape keeps stay the bytes they are. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <thrum/base.h>

#include "base/utf8.h"
#include "subprocess/popen_internal.h"

typedef struct word {
    const char *text;
    int value;
} word;

static const word encodings[] = {
    {"utf-8", thrum__utf_8},        {"utf8", thrum__utf_8},     {"UTF-8", thrum__utf_8},
    {"ascii", thrum__ascii},        {"us-ascii", thrum__ascii}, {"latin-1", thrum__latin_1},
    {"iso-8859-1", thrum__latin_1}, {"latin1", thrum__latin_1}, {NULL, 0},
};
static const word error_modes[] = {
    {"strict", thrum__strict},
    {"ignore", thrum__ignore},
    {"replace", thrum__replace},
    {"surrogateescape", thrum__surrogateescape},
    {"backslashreplace", thrum__backslashreplace},
    {NULL, 0},
};

/* The value of a word, the first one's for NULL, or -1. */
static int find(const word *words, const char *text) {
    if (!text)
        return words[0].value;
    for (; words->text; words++)
        if (strcmp(words->text, text) == 0)
            return words->value;
    return -1;
}

int thrum__text_mode_parse(const thrum_popen_options *options, thrum__text_mode *ret_mode) {
    int encoding = find(encodings, options->encoding), errors = find(error_modes, options->errors);
    if (encoding < 0 || errors < 0)
        return THRUM_VALUE_ERROR;
    ret_mode->on = options->text || options->encoding || options->errors;
    ret_mode->encoding = encoding;
    ret_mode->errors = errors;
    return 0;
}

/* -- translating */

static const char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */

enum { longest = 4 }; /* bytes that stand for one character */

/* One character of the input: its length there, and what it becomes. */
typedef struct character {
    size_t length;
    const char *bytes;
    size_t count; /* at bytes */
    bool bad;
    char made[4 * longest + 1];
} character;

/* How many bytes at `at`, where no character is, are the beginning of one: together they are one error, as in
 * Python. */
static size_t begun(const unsigned char *at, size_t size) {
    uint32_t point;
    size_t length = 1;
    while (length < size && thrum__utf8_decode(at, length + 1, &point) == 0)
        length++;
    return length;
}

static void decode_utf_8(const unsigned char *at, size_t size, character *c) {
    uint32_t point;
    c->length = thrum__utf8_decode(at, size, &point);
    c->bad = c->length == 0 || point >= THRUM__RAW_BYTE;
    if (c->bad)
        c->length = begun(at, size);
    c->bytes = (const char *)at;
    c->count = c->length;
}

static void decode_byte(const unsigned char *at, bool latin_1, character *c) {
    c->length = c->count = 1;
    c->bytes = (const char *)at;
    c->bad = *at >= 0x80 && !latin_1;
    if (*at < 0x80 || !latin_1)
        return;
    c->made[0] = (char)(0xC0 | *at >> 6);
    c->made[1] = (char)(0x80 | (*at & 0x3F));
    c->bytes = c->made;
    c->count = 2;
}

/* "\x80" for each byte. */
static void escape(character *c) {
    for (size_t i = 0; i < c->length; i++)
        snprintf(c->made + 4 * i, 5, "\\x%02x", (unsigned char)c->bytes[i]);
    c->bytes = c->made;
    c->count = 4 * c->length;
}

/* What becomes of a character that does not fit: false to give up. */
static bool handle_bad(character *c, const thrum__text_mode *mode) {
    if (mode->errors == thrum__replace) {
        c->bytes = replacement;
        c->count = sizeof replacement - 1;
    } else if (mode->errors == thrum__ignore) {
        c->count = 0;
    } else if (mode->errors == thrum__backslashreplace) {
        escape(c);
    }
    return mode->errors != thrum__strict;
}

/* "\r\n" and "\r" become "\n", also where something between the two is ignored. */
static void translate_newline(character *c, bool *after_return) {
    if (c->count == 0)
        return;
    if (*after_return && *c->bytes == '\n')
        c->count = 0;
    *after_return = *c->bytes == '\r';
    if (*after_return)
        c->bytes = "\n";
}

static int append_text(thrum__spool *to, const unsigned char *from, size_t size, const thrum__text_mode *mode) {
    bool after_return = false;
    for (size_t at = 0; at < size;) {
        character c;
        if (mode->encoding == thrum__utf_8)
            decode_utf_8(from + at, size - at, &c);
        else
            decode_byte(from + at, mode->encoding == thrum__latin_1, &c);
        if (c.bad && !handle_bad(&c, mode))
            return THRUM_UNICODE_ERROR;
        translate_newline(&c, &after_return);
        int r = thrum__spool_append(to, c.bytes, c.count);
        if (r < 0)
            return r;
        at += c.length;
    }
    return 0;
}

int thrum__text_translate(thrum__spool *spool, const thrum__text_mode *mode) {
    thrum__spool text = {0};
    int r = append_text(&text, (const unsigned char *)spool->data, spool->size, mode);
    if (r < 0) {
        thrum__spool_free(&text);
        return r;
    }
    thrum__spool_free(spool);
    *spool = text;
    return 0;
}
