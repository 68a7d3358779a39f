/* hash.c - reads a file in big pieces and has libcrypto digest them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thrum.h>

#include "hash.h"

enum { PIECE = 512 * 1024 };

int hasher_init(hasher *self) {
    self->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    self->context = EVP_MD_CTX_new();
    self->buffer = malloc(PIECE);
    if (self->algorithm && self->context && self->buffer)
        return 0;
    hasher_free(self);
    return -ENOMEM;
}

void hasher_free(hasher *self) {
    EVP_MD_free(self->algorithm);
    EVP_MD_CTX_free(self->context);
    free(self->buffer);
    *self = (hasher){0};
}

/* Read until the piece is full or the file ends. Returns its size or -errno. */
static ssize_t read_piece(int fd, unsigned char *piece) {
    size_t size = 0;
    while (size < PIECE) {
        ssize_t n = read(fd, piece + size, PIECE - size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        size += (size_t)n;
    }
    return (ssize_t)size;
}

static int hash_open_file(hasher *self, int fd, unsigned char *digest, uint64_t *bytes) {
    ssize_t size = PIECE;
    bool ok = EVP_DigestInit_ex2(self->context, self->algorithm, NULL);
    for (*bytes = 0; ok && size == PIECE; *bytes += (uint64_t)size) {
        size = read_piece(fd, self->buffer);
        if (size < 0)
            return (int)size;
        ok = EVP_DigestUpdate(self->context, self->buffer, (size_t)size);
    }
    ok = ok && EVP_DigestFinal_ex(self->context, digest, NULL);
    return ok ? 0 : -ENOMEM; /* nothing else can fail inside libcrypto here */
}

int hasher_file(hasher *self, const char *path, unsigned char *ret_digest, uint64_t *ret_bytes) {
    /* Nonblocking: what was a file may have become a pipe, which nobody writes to. */
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    if (fd < 0)
        return -errno;
    int result = fstat(fd, &status) < 0 ? -errno : S_ISREG(status.st_mode) ? 0 : THRUM_TYPE_ERROR;
    if (result == 0)
        result = hash_open_file(self, fd, ret_digest, ret_bytes);
    close(fd);
    return result;
}
