/* walk.c - a walk through a tree of folders, each sorted by itself.
 *
 * Sorting each folder gives the order of the whole paths when a folder's name is compared with its slash: "a-b",
 * "a/x", "a.c" is the order of the bytes, because '-' < '.' < '/' decides and not the end of "a". So names are kept
 * with it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thrum.h>

#include "walk.h"

typedef struct walker {
    const visitor *visitor;
    size_t length;       /* of the path */
    char path[PATH_MAX]; /* of what is being looked at; longer ones the system would not open */
} walker;

/* The names in a folder, those of folders with a slash at the end. */
typedef struct names {
    char **list;
    size_t count, room;
} names;

static bool walk_folder(walker *self);

static bool problem(walker *self, int error) {
    return self->visitor->problem(self->visitor->arg, self->path, error);
}

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

/* Visit path + name, and come back to path. */
static bool walk_entry(walker *self, const char *name) {
    size_t before = self->length, length = strlen(name);
    bool folder = name[length - 1] == '/';
    if (before + length >= sizeof self->path)
        return problem(self, -ENAMETOOLONG);
    memcpy(self->path + before, name, length + 1);
    self->length += length;
    bool go_on = folder ? walk_folder(self) : self->visitor->file(self->visitor->arg, self->path);
    self->length = before;
    self->path[before] = '\0';
    return go_on;
}

/* Visit everything in the folder that the path, which ends with a slash, names. */
static bool walk_folder(walker *self) {
    names list = {0};
    int result = read_folder(self->path, &list);
    bool go_on = result == 0 || problem(self, result);
    for (size_t i = 0; go_on && i < list.count; i++)
        go_on = walk_entry(self, list.list[i]);
    names_free(&list);
    return go_on;
}

bool walk(const char *root, const visitor *told) {
    walker self = {.visitor = told, .length = strlen(root)};
    struct stat status;
    if (self.length + 1 >= sizeof self.path)
        return told->problem(told->arg, root, -ENAMETOOLONG);
    memcpy(self.path, root, self.length + 1);
    if (lstat(root, &status) < 0)
        return problem(&self, -errno);
    if (S_ISREG(status.st_mode))
        return told->file(told->arg, root);
    if (!S_ISDIR(status.st_mode))
        return problem(&self, S_ISLNK(status.st_mode) ? -ELOOP : THRUM_TYPE_ERROR);
    if (self.path[self.length - 1] != '/')
        memcpy(self.path + self.length++, "/", 2);
    return walk_folder(&self);
}
