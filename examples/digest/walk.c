/* walk.c - a walk through a tree of folders, each sorted by itself.
 *
 * Sorting each folder gives the order of the whole paths when a folder's name is compared with its slash: "a-b",
 * "a/x", "a.c" is the order of the bytes, because '-' < '.' < '/' decides and not the end of "a". So names are kept
 * with it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thrum.h>

#include "walk.h"

/* The names in a folder, those of folders with a slash at the end. */
typedef struct names {
    char **list;
    size_t count, room;
} names;

/* A folder on the way. */
struct level {
    struct level *up; /* the one that it is in */
    size_t length;    /* of its path, which ends with a slash */
    names list;
    size_t next; /* in the list */
};

/* What a step of the walk gives: a path, with 0 or a negative code; or this, and there has to be another step. */
enum { NOTHING = 1 };

static int names_add(names *self, const char *name, bool folder) {
    if (self->count == self->room) {
        size_t room = self->room ? 2 * self->room : 32;
        char **list = realloc(self->list, room * sizeof *list);
        if (!list)
            return -ENOMEM;
        self->list = list;
        self->room = room;
    }
    size_t length = strlen(name);
    char *copy = malloc(length + 2);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, name, length + 1);
    if (folder)
        memcpy(copy + length, "/", 2);
    self->list[self->count++] = copy;
    return 0;
}

static void names_free(names *self) {
    for (size_t i = 0; i < self->count; i++)
        free(self->list[i]);
    free(self->list);
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Add an entry when it is a file or a folder. Some file systems do not say what it is, so we ask. */
static int add_entry(names *list, int folder, const struct dirent *entry) {
    struct stat status;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        return 0;
    if (entry->d_type == DT_REG || entry->d_type == DT_DIR)
        return names_add(list, entry->d_name, entry->d_type == DT_DIR);
    if (entry->d_type != DT_UNKNOWN)
        return 0;
    if (fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return names_add(list, entry->d_name, false); /* whoever opens it says what is wrong */
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return 0;
    return names_add(list, entry->d_name, S_ISDIR(status.st_mode));
}

static int read_entries(DIR *folder, names *list) {
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry)
            return -errno;
        int result = add_entry(list, dirfd(folder), entry);
        if (result < 0)
            return result;
    }
}

/* Read the folder at `path`. What was read before an error counts. */
static int read_folder(const char *path, names *list) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    DIR *folder = fdopendir(fd);
    if (!folder) {
        int error = -errno;
        close(fd);
        return error;
    }
    int result = read_entries(folder, list);
    closedir(folder);
    if (list->count)
        qsort(list->list, list->count, sizeof *list->list, by_bytes);
    return result;
}

/* Go into the folder at the path of `length` bytes, which ends with a slash. */
static int enter(walker *self, size_t length) {
    struct level *level = calloc(1, sizeof *level);
    if (!level)
        return -ENOMEM;
    level->up = self->inner;
    level->length = length;
    self->inner = level;
    int result = read_folder(self->path, &level->list);
    return result < 0 ? result : NOTHING;
}

static void leave(walker *self) {
    struct level *level = self->inner;
    self->inner = level->up;
    names_free(&level->list);
    free(level);
}

/* The next name in the folder that we are in. */
static int step_inside(walker *self) {
    struct level *level = self->inner;
    self->path[level->length] = '\0';
    if (level->next == level->list.count) {
        leave(self);
        return NOTHING;
    }
    const char *name = level->list.list[level->next++];
    size_t length = strlen(name);
    if (level->length + length >= sizeof self->path)
        return -ENAMETOOLONG;
    memcpy(self->path + level->length, name, length + 1);
    return name[length - 1] == '/' ? enter(self, level->length + length) : 0;
}

static int step_to_root(walker *self, const char *root) {
    struct stat status;
    size_t length = strlen(root);
    if (length + 1 >= sizeof self->path)
        return -ENAMETOOLONG;
    memcpy(self->path, root, length + 1);
    if (lstat(root, &status) < 0)
        return -errno;
    if (S_ISREG(status.st_mode))
        return 0;
    if (!S_ISDIR(status.st_mode))
        return S_ISLNK(status.st_mode) ? -ELOOP : THRUM_TYPE_ERROR;
    if (self->path[length - 1] != '/')
        memcpy(self->path + length++, "/", 2);
    return enter(self, length);
}

bool walk_next(walker *self, const char **ret_path, int *ret_error) {
    int result = NOTHING;
    while (result == NOTHING && (self->inner || *self->roots)) {
        *ret_path = self->path;
        if (self->inner) {
            result = step_inside(self);
            continue;
        }
        result = step_to_root(self, *self->roots);
        if (result == -ENAMETOOLONG)
            *ret_path = *self->roots; /* for which there was no room */
        self->roots++;
    }
    *ret_error = result;
    return result != NOTHING;
}

void walk_end(walker *self) {
    while (self->inner)
        leave(self);
}
