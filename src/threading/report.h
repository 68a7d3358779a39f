/* report.h - the text of deadlock reports and of dumps. */
#ifndef THRUM_REPORT_H
#define THRUM_REPORT_H

#include <thrum/threading/deadlock.h>

#include "threading/order_graph.h"
#include "threading/sight.h"

/* A text that grows in a buffer of fixed size. What does not fit is counted and left out. */
typedef struct thrum__text {
    char *bytes;
    size_t size;   /* of the buffer, more than 0 */
    size_t length; /* of the whole text, which may be more than fits */
} thrum__text;

void thrum__text_init(thrum__text *text, char *buffer, size_t size);
void thrum__text_add(thrum__text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* End a text that did not fit with a line that says so. */
void thrum__text_end(thrum__text *text);

/* The pieces of a line. A name is shown in quotes, and what has none as its number or address. */
void thrum__text_add_thread(thrum__text *text, const char *name, int native_id);
void thrum__text_add_object(thrum__text *text, thrum__kind kind, const void *object);
void thrum__text_add_site(thrum__text *text, const void *site);
void thrum__text_add_span(thrum__text *text, int64_t ns);

/* What a thread waits for, since when and where, ended by a newline; and on lines of their own who holds that, and
 * which locks the thread holds itself. `owner` is NULL when it has ended or is not known; `now` is the time. */
void thrum__text_add_wait(thrum__text *text, const thrum__sight *sight, const thrum__sight *owner, int64_t now);
void thrum__text_add_held(thrum__text *text, uint32_t id, int64_t now);

/* What follows from a deadlock for the thread that closed it. */
typedef enum thrum__verdict {
    THRUM__VERDICT_IGNORE, /* it is none, or not looked for */
    THRUM__VERDICT_WAIT,
    THRUM__VERDICT_FAIL,
    THRUM__VERDICT_ABORT
} thrum__verdict;

/* A cycle of threads, of which the first is the one that closed it and each waits for the next. */
enum { thrum__cycle_kept = 64 };
typedef struct thrum__cycle {
    size_t count;       /* all members, also those that are not kept */
    bool through_locks; /* a Lock is among what they wait for: any thread could release it */
    thrum__sight members[thrum__cycle_kept];
} thrum__cycle;

/* Write the report of a cycle. */
void thrum__text_add_cycle(thrum__text *text, const thrum__cycle *cycle, thrum__verdict verdict);

/* Write the report of locks that are taken in orders that contradict each other. */
void thrum__text_add_order(thrum__text *text, const thrum__order_ring *ring);

/* Hand a finished report to the handler, or write it to stderr in one piece. */
void thrum__report_send(const char *text);

/* Write all of `size` bytes to fd. Returns 0 or -errno. */
int thrum__write_all(int fd, const char *bytes, size_t size);

/* Around a fork. */
void thrum__report_before_fork(void);
void thrum__report_after_fork(void);

#endif
