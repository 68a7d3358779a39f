/* pipes.h - what those peers share that make their pipes by hand. */
#ifndef BENCH_PEERS_PROCESS_PIPES_H
#define BENCH_PEERS_PROCESS_PIPES_H

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char *few_variables[] = {(char *)"A=1", (char *)"B=2", NULL};

typedef struct three_pipes {
    int ours[3], theirs[3];
} three_pipes;

static void open_pipes(three_pipes *pipes) {
    for (int i = 0; i < 3; i++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) < 0)
            give_up("pipe2 failed");
        pipes->theirs[i] = ends[i == 0 ? 0 : 1];
        pipes->ours[i] = ends[i == 0 ? 1 : 0];
    }
}

static void close_three(const int fds[3]) {
    for (int i = 0; i < 3; i++)
        close(fds[i]);
}

/* As one writes it: read into a buffer that doubles. */
static size_t read_all(int fd) {
    size_t size = 0, room = 65536;
    char *bytes = malloc(room);
    for (ssize_t got; bytes && (got = read(fd, bytes + size, room - size)) > 0;)
        if ((size += (size_t)got) == room)
            bytes = realloc(bytes, room *= 2);
    free(bytes);
    close(fd);
    return size;
}

#endif
