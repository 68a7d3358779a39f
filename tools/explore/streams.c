/* streams.c - reading from a FILE, which waits in the C library's own read(). A character at a time is waited for, so
 * that no call waits with its turn. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "files.h"

/* The next character is there, or a read() of it does not block. */
static void wait_for_more(FILE *stream, const char *name) {
    int fd = fileno(stream);
    if (stream->_IO_read_ptr >= stream->_IO_read_end && fd >= 0 && !feof(stream))
        files_wait(fd, POLLIN, name);
}

static int next_char(FILE *stream, const char *name) {
    NEXT(fgetc);
    wait_for_more(stream, name);
    return next_fgetc(stream);
}

INSTEAD(int, fgetc, (FILE * stream), (stream)) {
    return next_char(stream, "fgetc");
}

#undef getc
INSTEAD(int, getc, (FILE * stream), (stream)) {
    return next_char(stream, "getc");
}

#undef getchar
INSTEAD(int, getchar, (void), ()) {
    return next_char(stdin, "getchar");
}

static char *get_line(char *buffer, int size, FILE *stream) {
    int length = 0, c = 0;
    while (length < size - 1 && c != '\n' && (c = next_char(stream, "fgets")) != EOF)
        buffer[length++] = (char)c;
    if (length == 0 || ferror(stream))
        return NULL;
    buffer[length] = '\0';
    return buffer;
}

INSTEAD(char *, fgets, (char *restrict buffer, int size, FILE *restrict stream), (buffer, size, stream)) {
    return get_line(buffer, size, stream);
}

char *__fgets_chk(char *buffer, size_t room, int size, FILE *stream);
INSTEAD(char *, __fgets_chk, (char *buffer, size_t room, int size, FILE *stream), (buffer, room, size, stream)) {
    (void)room;
    return get_line(buffer, size, stream);
}

static size_t read_items(void *buffer, size_t size, size_t count, FILE *stream) {
    NEXT(fread);
    struct stat status;
    unsigned char *next = buffer;
    if (fstat(fileno(stream), &status) < 0 || S_ISREG(status.st_mode))
        return next_fread(buffer, size, count, stream);
    for (size_t i = 0; i < size * count; i++) {
        int c = next_char(stream, "fread");
        if (c == EOF)
            return i / size;
        next[i] = (unsigned char)c;
    }
    return size ? count : 0;
}

INSTEAD(size_t, fread, (void *restrict buffer, size_t size, size_t count, FILE *restrict stream),
        (buffer, size, count, stream)) {
    return read_items(buffer, size, count, stream);
}

size_t __fread_chk(void *buffer, size_t room, size_t size, size_t count, FILE *stream);
INSTEAD(size_t, __fread_chk, (void *buffer, size_t room, size_t size, size_t count, FILE *stream),
        (buffer, room, size, count, stream)) {
    (void)room;
    return read_items(buffer, size, count, stream);
}

/* Make room for one more, as getline() does. */
static bool grow(char **line, size_t *size, size_t length) {
    if (*line && length + 2 <= *size)
        return true;
    size_t more = length < 60 ? 120 : 2 * length;
    char *grown = realloc(*line, more);
    if (!grown)
        return false;
    *line = grown;
    *size = more;
    return true;
}

static ssize_t get_long_line(char **line, size_t *size, int end, FILE *stream) {
    size_t length = 0;
    int c = EOF;
    if (!*line)
        *size = 0;
    do {
        if (!grow(line, size, length))
            return -1;
        c = next_char(stream, "getline");
        if (c != EOF)
            (*line)[length++] = (char)c;
    } while (c != EOF && c != end);
    (*line)[length] = '\0';
    return length == 0 || ferror(stream) ? -1 : (ssize_t)length;
}

INSTEAD(ssize_t, getline, (char **restrict line, size_t *restrict size, FILE *restrict stream),
        (line, size, stream)) {
    return get_long_line(line, size, '\n', stream);
}

INSTEAD(ssize_t, getdelim, (char **restrict line, size_t *restrict size, int end, FILE *restrict stream),
        (line, size, end, stream)) {
    return get_long_line(line, size, end, stream);
}

/* An older name of it, that the compiler knows getline() by. */
ssize_t __getdelim(char **restrict line, size_t *restrict size, int end, FILE *restrict stream);
INSTEAD(ssize_t, __getdelim, (char **restrict line, size_t *restrict size, int end, FILE *restrict stream),
        (line, size, end, stream)) {
    return get_long_line(line, size, end, stream);
}

/* The scanf family waits for its first character only. */
#define SCANS(name)                                                                                                  \
    int name(FILE *restrict stream, const char *restrict format, ...) __attribute__((format(scanf, 2, 3)));          \
    int name(FILE *restrict stream, const char *restrict format, ...) {                                              \
        va_list args;                                                                                                \
        if (TAKES())                                                                                                 \
            wait_for_more(stream, "fscanf");                                                                         \
        va_start(args, format);                                                                                      \
        int r = vfscanf(stream, format, args);                                                                       \
        va_end(args);                                                                                                \
        return r;                                                                                                    \
    }
SCANS(__isoc99_fscanf)
