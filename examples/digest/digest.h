/* digest.h - the two ways to do it. Each prints everything below `roots`, which end with a NULL, in order, and
 * returns the exit status. */
#ifndef DIGEST_H
#define DIGEST_H

enum { MAX_THREADS = 1024 };

/* With threads of its own around a list that they share. */
int digest_with_threads(char **roots, int threads);

/* With ThreadPoolExecutor.map. */
int digest_with_pool(char **roots, int threads);

#endif
