#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "subprocess/writer.h"

thrum__writer thrum__writer_new(char *buffer, size_t size) {
    return (thrum__writer){.buffer = buffer, .size = size};
}

static void put(thrum__writer *writer, char byte) {
    bool begins = ((unsigned char)byte & 0xC0) != 0x80; /* not the continuation of a character */
    writer->points += begins;
    if (writer->limit && writer->points > writer->limit)
        return;
    if (writer->length + 1 < writer->size)
        writer->buffer[writer->length] = byte;
    writer->length++;
}

int thrum__writer_end(thrum__writer *writer) {
    if (writer->size > 0)
        writer->buffer[writer->length < writer->size ? writer->length : writer->size - 1] = 0;
    return (int)writer->length;
}

void thrum__write_text(thrum__writer *writer, const char *text) {
    for (; *text; text++)
        put(writer, *text);
}

/* For numbers and short names only: longer text is cut. */
void thrum__write_format(thrum__writer *writer, const char *format, ...) {
    char text[128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    thrum__write_text(writer, text);
}

/* Python quotes with ' unless that would need escapes and " would not. */
static char quote_for(const char *text, size_t size) {
    return memchr(text, '\'', size) && !memchr(text, '"', size) ? '"' : '\'';
}

/* An ASCII character as repr() shows it. */
static void write_ascii(thrum__writer *writer, unsigned char c, char quote) {
    static const char controls[] = "\t\n\r", letters[] = "tnr";
    const char *control = c ? strchr(controls, c) : NULL;
    if (control)
        thrum__write_format(writer, "\\%c", letters[control - controls]);
    else if (c < 0x20 || c == 0x7F)
        thrum__write_format(writer, "\\x%02x", c);
    else if (c == '\\' || c == (unsigned char)quote)
        thrum__write_format(writer, "\\%c", c);
    else
        put(writer, (char)c);
}

void thrum__write_bytes(thrum__writer *writer, const char *bytes, size_t size) {
    char quote = quote_for(bytes, size);
    put(writer, 'b');
    put(writer, quote);
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)bytes[i] >= 0x80)
            thrum__write_format(writer, "\\x%02x", (unsigned char)bytes[i]);
        else
            write_ascii(writer, (unsigned char)bytes[i], quote);
    }
    put(writer, quote);
}

/* One character above ASCII, or a byte that is none: Python holds that as a lone surrogate. */
static size_t write_wide(thrum__writer *writer, const char *at, size_t size) {
    uint32_t point;
    size_t length = thrum__utf8_decode((const unsigned char *)at, size, &point);
    if (length == 0 || point >= THRUM__RAW_BYTE) {
        thrum__write_format(writer, "\\udc%02x", (unsigned char)*at);
        return 1;
    }
    if (point < 0xA1) /* controls and the space that does not break */
        thrum__write_format(writer, "\\x%02x", (unsigned)point);
    else
        for (size_t i = 0; i < length; i++)
            put(writer, at[i]);
    return length;
}

void thrum__write_str(thrum__writer *writer, const char *text, size_t size) {
    char quote = quote_for(text, size);
    put(writer, quote);
    for (size_t i = 0; i < size;) {
        if ((unsigned char)text[i] >= 0x80)
            i += write_wide(writer, text + i, size - i);
        else
            write_ascii(writer, (unsigned char)text[i++], quote);
    }
    put(writer, quote);
}

void thrum__write_list(thrum__writer *writer, const char *const *items) {
    put(writer, '[');
    for (size_t i = 0; items[i]; i++) {
        if (i > 0)
            thrum__write_text(writer, ", ");
        thrum__write_str(writer, items[i], strlen(items[i]));
    }
    put(writer, ']');
}

void thrum__write_args(thrum__writer *writer, const char *const *args, bool shell, bool quoted) {
    if (!shell || args[1])
        thrum__write_list(writer, args);
    else if (quoted)
        thrum__write_str(writer, args[0], strlen(args[0]));
    else
        thrum__write_text(writer, args[0]);
}
