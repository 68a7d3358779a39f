/* file.h - a schedule in a file. */
#ifndef THRUM_EXPLORE_FILE_H
#define THRUM_EXPLORE_FILE_H

#include "explore/shared.h"

enum { x_file_name_size = 400 /* with the 0: what is longer is cut off */ };

/* A test's name as a file has it: on one line. */
void x_file_name(const char *name, char buffer[x_file_name_size]);

/* Write the schedule in shared->order and what happened in it, in shared->outcome. 0 or -errno. */
int x_file_write(const char *path, const x_shared *shared, const char *name, uint64_t seed);

/* Read a schedule into *order. `name` gets the test's. 0, -errno, or THRUM_VALUE_ERROR for a file that is none. */
int x_file_read(const char *path, x_order *order, char name[x_file_name_size]);

/* The name of an operation as people read it. */
const char *x_file_verb(const char *verb);

#endif
