/* hash.h - the SHA-256 of a file. Each thread has a hasher of its own, because a libcrypto context is for one. */
#ifndef HASH_H
#define HASH_H

#include <stdint.h>

#include <openssl/evp.h>

typedef struct hasher {
    EVP_MD *algorithm;
    EVP_MD_CTX *context;
    unsigned char *buffer;
} hasher;

/* Returns 0 or -ENOMEM. */
int hasher_init(hasher *self);
void hasher_free(hasher *self);

/* Hash the file at `path`, and store the digest of 32 bytes and how many bytes it is of.
 * Returns 0; -errno; or THRUM_TYPE_ERROR when it is not a regular file any more. A symbolic link is -ELOOP. */
int hasher_file(hasher *self, const char *path, unsigned char *ret_digest, uint64_t *ret_bytes);

#endif
