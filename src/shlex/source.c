/* source.c - where characters come from: a copied text, or a stream read block by block. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "shlex/lexer.h"

enum { block = 4096 };

/* At most one line, so that a terminal is not asked for more than the lexer needs. */
static long read_line(void *arg, char *buffer, size_t size) {
    FILE *file = arg;
    size_t count = 0;
    int c = 0;
    errno = 0;
    while (count < size && c != '\n' && (c = getc(file)) != EOF)
        buffer[count++] = (char)c;
    if (count == 0 && ferror(file)) {
        clearerr(file); /* a repeated call asks again */
        return errno ? -errno : -EIO;
    }
    return (long)count;
}

static void close_file(void *arg) {
    fclose(arg);
}

thrum_shlex_stream thrum_shlex_file(FILE *file) {
    return (thrum_shlex_stream){read_line, file == stdin ? NULL : close_file, file};
}

static bool fill(thrum__source *source, const char *text, thrum_shlex_stream stream) {
    source->buffer = text ? (unsigned char *)thrum__strdup(text) : thrum__malloc(block);
    source->end = text ? strlen(text) : 0;
    source->ended = text != NULL;
    source->stream = text ? (thrum_shlex_stream){0} : stream;
    return source->buffer != NULL;
}

thrum__source *thrum__source_new(const char *text, thrum_shlex_stream stream, const char *infile) {
    thrum__source *source = thrum__calloc(1, sizeof *source);
    if (!source)
        return NULL;
    source->place.lineno = 1;
    bool filled = fill(source, text, stream);
    if (infile)
        source->infile = thrum__strdup(infile);
    if (filled && (!infile || source->infile))
        return source;
    source->stream.close = NULL; /* a failed call leaves the stream with the caller */
    thrum__source_free(source);
    return NULL;
}

thrum__source *thrum__source_free(thrum__source *source) {
    thrum__source *below = source->below;
    if (source->stream.close)
        source->stream.close(source->stream.arg);
    free(source->infile);
    free(source->buffer);
    free(source);
    return below;
}

/* Ask the stream for more, behind the few bytes of an unfinished character. */
static int refill(thrum__source *source) {
    size_t kept = source->end - source->at;
    memmove(source->buffer, source->buffer + source->at, kept);
    source->at = 0;
    source->end = kept;
    long count = source->stream.read(source->stream.arg, (char *)source->buffer + kept, block - kept);
    if (count < 0)
        return (int)count;
    source->end += (size_t)count;
    source->ended = count == 0;
    return 0;
}

static size_t decode(const thrum__source *source, uint32_t *ret_point) {
    const unsigned char *at = source->buffer + source->at;
    size_t length = thrum__utf8_decode(at, source->end - source->at, ret_point);
    if (length > 0 || !source->ended || source->at == source->end)
        return length;
    *ret_point = THRUM__RAW_BYTE + *at; /* cut off by the end */
    return 1;
}

static void take(thrum__source *source, thrum__glyph *glyph) {
    memcpy(glyph->bytes, source->buffer + source->at, glyph->length);
    source->at += glyph->length;
    source->place.offset += glyph->length;
    source->place.lineno += glyph->point == '\n';
}

int thrum__source_next(thrum__source *source, thrum__glyph *ret_glyph, thrum_shlex_place *ret_place) {
    thrum__glyph glyph = {0};
    size_t length;
    while ((length = decode(source, &glyph.point)) == 0 && !source->ended) {
        int r = refill(source);
        if (r < 0)
            return r;
    }
    if (length > 0 && glyph.point == 0)
        return THRUM_VALUE_ERROR;
    *ret_place = source->place;
    glyph.length = (unsigned char)length;
    if (length > 0)
        take(source, &glyph);
    *ret_glyph = glyph;
    return 0;
}
