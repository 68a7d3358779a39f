/* writer.h - text into a buffer of any size, with the length of the whole, as snprintf does; and Python's repr()
 * into it. */
#ifndef THRUM_SUBPROCESS_WRITER_H
#define THRUM_SUBPROCESS_WRITER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct thrum__writer {
    char *buffer;
    size_t size;   /* of the buffer; 0: only the length is wanted */
    size_t length; /* of the whole text so far */
    size_t points; /* characters so far */
    size_t limit;  /* characters to write, at most; 0: all */
} thrum__writer;

thrum__writer thrum__writer_new(char *buffer, size_t size);
/* End the text with a NUL. Returns the length of the whole. */
int thrum__writer_end(thrum__writer *writer);

void thrum__write_text(thrum__writer *writer, const char *text);
void thrum__write_format(thrum__writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* repr() of a str, of bytes, and of a list of str. */
void thrum__write_str(thrum__writer *writer, const char *text, size_t size);
void thrum__write_bytes(thrum__writer *writer, const char *bytes, size_t size);
void thrum__write_list(thrum__writer *writer, const char *const *items);
/* args as Python would hold them: a list, or one string where that is what the shell was given. */
void thrum__write_args(thrum__writer *writer, const char *const *args, bool shell, bool quoted);

#endif
