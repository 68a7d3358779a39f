/* output.c - one line per file: the digest in hexadecimal, two spaces, the path. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <thrum.h>

#include "output.h"

static bool needs_escape(const char *path) {
    return path[strcspn(path, "\\\n\r")] != '\0';
}

static void put_path(FILE *out, const char *path) {
    for (; *path; path++)
        switch (*path) {
        case '\\':
            fputs("\\\\", out);
            break;
        case '\n':
            fputs("\\n", out);
            break;
        case '\r':
            fputs("\\r", out);
            break;
        default:
            putc(*path, out);
        }
}

static void put_hexadecimal(FILE *out, const unsigned char *digest) {
    static const char digits[] = "0123456789abcdef";
    char text[2 * DIGEST_SIZE];
    for (int i = 0; i < DIGEST_SIZE; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    fwrite(text, 1, sizeof text, out);
}

int output_digest(FILE *out, const unsigned char *digest, const char *path) {
    if (needs_escape(path))
        putc('\\', out);
    put_hexadecimal(out, digest);
    fputs("  ", out);
    put_path(out, path);
    putc('\n', out);
    return ferror(out) ? -errno : 0;
}

void output_problem(FILE *out, const char *path, int error) {
    fputs("digest: ", out);
    put_path(out, path);
    const char *reason = error == -ELOOP             ? "a symbolic link, which is not followed"
                         : error == THRUM_TYPE_ERROR ? "neither a file nor a folder"
                                                     : thrum_strerror(error);
    fprintf(out, ": %s\n", reason);
}
