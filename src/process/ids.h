/* ids.h - users and groups by name or by number. */
#ifndef THRUM_PROCESS_IDS_H
#define THRUM_PROCESS_IDS_H

#include <sys/types.h>

/* The id of a user or a group given by name, or as a decimal number, which need not be in any database. Returns 0;
 * THRUM_KEY_ERROR for an unknown name; THRUM_VALUE_ERROR for a negative number; THRUM_OVERFLOW_ERROR for one that no
 * id can have; -errno when the database cannot be read. */
int thrum__user_id(const char *name, uid_t *ret_id);
int thrum__group_id(const char *name, gid_t *ret_id);

#endif
