/* job.h - a path on its way from the walk to the output. */
#ifndef JOB_H
#define JOB_H

#include <stdbool.h>
#include <stdint.h>

enum { DIGEST_SIZE = 32 };

typedef struct job {
    char *path; /* owned by whoever made the job */
    bool done;  /* nothing is left to find out */
    int error;  /* 0, or the reason why there is no digest */
    unsigned char digest[DIGEST_SIZE];
    uint64_t bytes; /* hashed */
} job;

#endif
