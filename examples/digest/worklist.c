/* worklist.c - a ring of jobs between one walker, many hashers and one printer.
 *
 * Locking: `lock` guards the three positions and each job that no hasher has taken. Files are walked, read and
 * printed without it. A thread that moves a position notifies the condition of whoever may wait for just that.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "worklist.h"

static job *job_at(worklist *self, uint64_t number) {
    return &self->jobs[number % WORKLIST_SIZE];
}

void worklist_init(worklist *self) {
    *self = (worklist){0};
    self->room = (thrum_condition)THRUM_CONDITION_INIT(&self->lock);
    self->work = (thrum_condition)THRUM_CONDITION_INIT(&self->lock);
    self->ready = (thrum_condition)THRUM_CONDITION_INIT(&self->lock);
}

void worklist_free(worklist *self) {
    for (; self->head < self->tail; self->head++)
        free(job_at(self, self->head)->path);
}

bool worklist_add(worklist *self, const char *path, int error) {
    char *copy = strdup(path);
    THRUM_GUARD(&self->lock);
    while (self->tail - self->head == WORKLIST_SIZE && !self->stopped)
        thrum_condition_wait(&self->room);
    if (self->stopped) {
        free(copy);
        return false;
    }
    job *added = job_at(self, self->tail++);
    *added = (job){.path = copy, .done = error != 0 || !copy, .error = copy ? error : -ENOMEM};
    thrum_condition_notify(added->done ? &self->ready : &self->work, 1);
    return true;
}

void worklist_complete(worklist *self) {
    THRUM_GUARD(&self->lock);
    self->complete = true;
    thrum_condition_notify_all(&self->work);
    thrum_condition_notify_all(&self->ready);
}

/* Pass over what needs no hashing. Called with the lock held. */
static bool has_work(worklist *self) {
    while (self->next < self->tail && job_at(self, self->next)->done)
        self->next++;
    return self->next < self->tail;
}

job *worklist_take(worklist *self) {
    THRUM_GUARD(&self->lock);
    while (!has_work(self) && !self->complete && !self->stopped)
        thrum_condition_wait(&self->work);
    return self->next < self->tail && !self->stopped ? job_at(self, self->next++) : NULL;
}

void worklist_done(worklist *self, job *finished) {
    THRUM_GUARD(&self->lock);
    finished->done = true;
    if (finished == job_at(self, self->head))
        thrum_condition_notify(&self->ready, 1);
}

int worklist_finished(worklist *self, thrum_timeout timeout, job **ret_job) {
    THRUM_GUARD(&self->lock);
    thrum_deadline end = thrum_deadline_after(timeout);
    for (;;) {
        if (self->head < self->tail && job_at(self, self->head)->done) {
            *ret_job = job_at(self, self->head);
            return 0;
        }
        if (self->head == self->tail && self->complete)
            return THRUM_EMPTY;
        if (thrum_condition_wait_timed(&self->ready, thrum_deadline_left(end)) < 0)
            return THRUM_TIMED_OUT;
    }
}

void worklist_printed(worklist *self) {
    THRUM_GUARD(&self->lock);
    free(job_at(self, self->head++)->path);
    thrum_condition_notify(&self->room, 1);
}

void worklist_stop(worklist *self) {
    THRUM_GUARD(&self->lock);
    self->stopped = true;
    thrum_condition_notify_all(&self->room);
    thrum_condition_notify_all(&self->work);
}
