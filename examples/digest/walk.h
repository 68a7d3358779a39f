/* walk.h - every regular file below a folder, in the byte order of their paths. */
#ifndef WALK_H
#define WALK_H

#include <stdbool.h>

/* Who is told. Each function returns false to end the walk. */
typedef struct visitor {
    bool (*file)(void *arg, const char *path);
    bool (*problem)(void *arg, const char *path, int error); /* a negative code, as for thrum_strerror() */
    void *arg;
} visitor;

/* Walk through `root`, a folder or a file. The order is that of `find ROOT -type f | LC_ALL=C sort`. Symbolic links
 * are not followed; they, devices, sockets and pipes are passed over, but as `root` itself they are a problem.
 *
 * Returns false when the visitor ended the walk. In memory are only the names of the folders on the way. */
bool walk(const char *root, const visitor *told);

#endif
