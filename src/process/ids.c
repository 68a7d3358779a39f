/* ids.c - the user and group databases, asked with buffers that grow until the answer fits. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <thrum/base.h>

#include "base/memory.h"
#include "process/ids.h"

/* Ask one database. Returns 0 with *ret_id, THRUM_KEY_ERROR, -ERANGE for a buffer that is too small, or -errno. */
typedef int ask(const char *name, char *buffer, size_t size, unsigned *ret_id);

static int ask_users(const char *name, char *buffer, size_t size, unsigned *ret_id) {
    struct passwd entry, *found = NULL;
    int r = getpwnam_r(name, &entry, buffer, size, &found);
    if (!found)
        return r == ERANGE ? -ERANGE : THRUM_KEY_ERROR;
    *ret_id = entry.pw_uid;
    return 0;
}

static int ask_groups(const char *name, char *buffer, size_t size, unsigned *ret_id) {
    struct group entry, *found = NULL;
    int r = getgrnam_r(name, &entry, buffer, size, &found);
    if (!found)
        return r == ERANGE ? -ERANGE : THRUM_KEY_ERROR;
    *ret_id = entry.gr_gid;
    return 0;
}

static int by_name(const char *name, ask *database, unsigned *ret_id) {
    enum { smallest = 1024, largest = 1 << 20 };
    int r = -ERANGE;
    for (size_t size = smallest; r == -ERANGE && size <= largest; size *= 4) {
        char *buffer = thrum__malloc(size);
        if (!buffer)
            return -ENOMEM;
        r = database(name, buffer, size, ret_id);
        free(buffer);
    }
    return r;
}

static bool is_number(const char *text) {
    const char *digits = text + (*text == '-');
    return *digits != 0 && digits[strspn(digits, "0123456789")] == 0;
}

/* (uid_t)-1 means "unchanged" to the system, so it is no id either. */
static int by_number(const char *text, unsigned *ret_id) {
    if (*text == '-')
        return THRUM_VALUE_ERROR;
    errno = 0;
    unsigned long long number = strtoull(text, NULL, 10);
    if (errno == ERANGE || number >= (unsigned)-1)
        return THRUM_OVERFLOW_ERROR;
    *ret_id = (unsigned)number;
    return 0;
}

static int find_id(const char *name, ask *database, unsigned *ret_id) {
    return is_number(name) ? by_number(name, ret_id) : by_name(name, database, ret_id);
}

int thrum__user_id(const char *name, uid_t *ret_id) {
    return find_id(name, ask_users, ret_id);
}

int thrum__group_id(const char *name, gid_t *ret_id) {
    return find_id(name, ask_groups, ret_id);
}
