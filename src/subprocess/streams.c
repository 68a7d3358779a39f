/* streams.c - the parent's ends of the pipes, as descriptors and as C streams.
 *
 * A stream is made over a copy of the descriptor, so that both can be closed in their own way and communicate() can
 * go on after the stream is gone. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "process/fds.h"
#include "process/sigpipe.h"
#include "subprocess/popen_internal.h"

static int *descriptor(thrum_popen *popen, int stream) {
    return stream == thrum__in ? &popen->feed.fd : &popen->drains[stream - thrum__out].fd;
}

/* Whoever asks, reads and writes from now on; and expects calls that block. */
static int take(thrum_popen *popen, int stream) {
    int fd = *descriptor(popen, stream);
    popen->taken[stream] = true;
    if (fd >= 0 && stream == thrum__in)
        thrum__set_nonblocking(fd, false);
    return fd;
}

int thrum_popen_stdin(thrum_popen *popen) {
    return take(popen, thrum__in);
}

int thrum_popen_stdout(thrum_popen *popen) {
    return take(popen, thrum__out);
}

int thrum_popen_stderr(thrum_popen *popen) {
    return take(popen, thrum__err);
}

/* A size counts only together with a buffer: glibc takes its own otherwise. Without memory the stream keeps that. */
static void set_buffering(thrum_popen *popen, int stream, FILE *file) {
    int bufsize = popen->bufsize;
    if (bufsize == THRUM_UNBUFFERED)
        setvbuf(file, NULL, _IONBF, 0);
    else if (bufsize == 1)
        setvbuf(file, NULL, _IOLBF, 0);
    else if (bufsize > 1 && (popen->buffers[stream] = thrum__malloc((size_t)bufsize)) != NULL)
        setvbuf(file, popen->buffers[stream], _IOFBF, (size_t)bufsize);
}

static FILE *file_of(thrum_popen *popen, int stream) {
    int fd = take(popen, stream);
    if (popen->files[stream] || fd < 0)
        return popen->files[stream];
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    FILE *file = copy < 0 ? NULL : fdopen(copy, stream == thrum__in ? "w" : "r");
    if (!file)
        thrum__close(&copy);
    else
        set_buffering(popen, stream, file);
    popen->files[stream] = file;
    return file;
}

FILE *thrum_popen_stdin_file(thrum_popen *popen) {
    return file_of(popen, thrum__in);
}

FILE *thrum_popen_stdout_file(thrum_popen *popen) {
    return file_of(popen, thrum__out);
}

FILE *thrum_popen_stderr_file(thrum_popen *popen) {
    return file_of(popen, thrum__err);
}

/* That the child reads no more is an error and not a SIGPIPE. */
int thrum__popen_close_file(thrum_popen *popen, int stream) {
    thrum__sigpipe_guard guard;
    FILE *file = popen->files[stream];
    popen->files[stream] = NULL;
    if (!file)
        return 0;
    thrum__sigpipe_block(&guard);
    int r = fclose(file) == 0 ? 0 : -errno;
    thrum__sigpipe_restore(&guard);
    free(popen->buffers[stream]);
    popen->buffers[stream] = NULL;
    return r;
}

static int close_stream(thrum_popen *popen, int stream) {
    int r = thrum__popen_close_file(popen, stream);
    thrum__close(descriptor(popen, stream));
    return r;
}

int thrum_popen_close_stdin(thrum_popen *popen) {
    return close_stream(popen, thrum__in);
}

int thrum_popen_close_stdout(thrum_popen *popen) {
    return close_stream(popen, thrum__out);
}

int thrum_popen_close_stderr(thrum_popen *popen) {
    return close_stream(popen, thrum__err);
}
