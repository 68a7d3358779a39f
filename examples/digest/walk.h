/* walk.h - every regular file below some folders, in the byte order of their paths.
 *
 *     walker paths = {.roots = (char *[]){"doc", "src", NULL}};
 *     for (const char *path; walk_next(&paths, &path, &error);)
 *             ...                                              Python: for path in walk("doc", "src"):
 *     walk_end(&paths);
 */
#ifndef WALK_H
#define WALK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* A walk: all zero but for `roots`, the folders and files to walk through, up to a NULL. In memory are only the names
 * in the folders on the way. */
typedef struct walker {
    char *const *roots;  /* those that are left */
    struct level *inner; /* the folder that we are in */
    char path[PATH_MAX]; /* of what is being looked at; longer ones the system would not open */
} walker;

/* The next path. The order is that of `find ROOT -type f | LC_ALL=C sort`, root after root. Symbolic links are not
 * followed; they, devices, sockets and pipes are passed over, but as roots they are a problem.
 *
 * Stores in *ret_path a path that is valid until the next call, and in *ret_error 0, or a negative code, as for
 * thrum_strerror(), when the path is no file to hash but something that cannot be looked at. False at the end. */
bool walk_next(walker *self, const char **ret_path, int *ret_error);

/* End a walk, at any time. */
void walk_end(walker *self);

#endif
