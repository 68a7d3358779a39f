/* descriptors.c - what blocks in the kernel: pipes, sockets, poll and its kin, other processes, signals. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scene.h"

static int ends[2], back[2];

static void *read_a(void *arg) {
    char c;
    EXPECT(read(ends[0], &c, 1) == 1 && c == 'a');
    return arg;
}

static void *write_a(void *arg) {
    EXPECT(write(ends[1], "a", 1) == 1);
    return arg;
}

static void *write_b(void *arg) {
    EXPECT(write(ends[1], "b", 1) == 1);
    return arg;
}

SCENE(pipe_between_threads) {
    EXPECT(pipe(ends) == 0);
    TOGETHER(read_a, write_a);
}

/* Relies on who writes first. */
SCENE(pipe_in_order) {
    EXPECT(pipe(ends) == 0);
    TOGETHER(write_a, write_b, read_a);
}

static void *read_then_answer(void *arg) {
    char c;
    EXPECT(read(ends[0], &c, 1) == 1);
    EXPECT(write(back[1], &c, 1) == 1);
    return arg;
}

static void *read_then_ask(void *arg) {
    char c;
    EXPECT(read(back[0], &c, 1) == 1);
    EXPECT(write(ends[1], &c, 1) == 1);
    return arg;
}

SCENE(pipes_that_wait_for_each_other) {
    EXPECT(pipe(ends) == 0 && pipe(back) == 0);
    TOGETHER(read_then_answer, read_then_ask);
}

/* More than a pipe holds. */
static void *write_much(void *arg) {
    static char much[200000];
    EXPECT(write(ends[1], much, sizeof much) == sizeof much);
    EXPECT(close(ends[1]) == 0);
    return arg;
}

static void *read_all(void *arg) {
    char buffer[65536];
    ssize_t n, sum = 0;
    while ((n = read(ends[0], buffer, sizeof buffer)) > 0)
        sum += n;
    EXPECT(n == 0 && sum == 200000);
    return arg;
}

SCENE(more_than_a_pipe_holds) {
    EXPECT(pipe(ends) == 0);
    TOGETHER(write_much, read_all);
}

static void *read_lines(void *arg) {
    FILE *stream = fdopen(ends[0], "r");
    char line[32], *grown = NULL;
    size_t size = 0;
    EXPECT(stream);
    EXPECT(fgets(line, sizeof line, stream) && strcmp(line, "one\n") == 0);
    EXPECT(getline(&grown, &size, stream) == 4 && strcmp(grown, "two\n") == 0);
    EXPECT(fgetc(stream) == 'x');
    EXPECT(fread(line, 1, 3, stream) == 2 && memcmp(line, "yz", 2) == 0);
    EXPECT(feof(stream));
    free(grown);
    fclose(stream);
    return arg;
}

static void *write_lines(void *arg) {
    EXPECT(write(ends[1], "one\ntw", 6) == 6);
    EXPECT(write(ends[1], "o\nx", 3) == 3);
    EXPECT(write(ends[1], "yz", 2) == 2);
    EXPECT(close(ends[1]) == 0);
    return arg;
}

SCENE(lines) {
    EXPECT(pipe(ends) == 0);
    TOGETHER(read_lines, write_lines);
}

static struct sockaddr_in address = {.sin_family = AF_INET};
static int listener;

static void *serve(void *arg) {
    char c;
    int fd = accept(listener, NULL, NULL);
    EXPECT(fd >= 0);
    EXPECT(recv(fd, &c, 1, 0) == 1 && c == '?');
    EXPECT(send(fd, "!", 1, 0) == 1);
    EXPECT(close(fd) == 0);
    return arg;
}

static void *visit(void *arg) {
    char c;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    EXPECT(send(fd, "?", 1, 0) == 1);
    EXPECT(recv(fd, &c, 1, 0) == 1 && c == '!');
    EXPECT(recv(fd, &c, 1, 0) == 0);
    EXPECT(close(fd) == 0);
    return arg;
}

static void listen_here(void) {
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT(listener >= 0 && bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    EXPECT(listen(listener, 1) == 0 && getsockname(listener, (struct sockaddr *)&address, &size) == 0);
}

SCENE(sockets) {
    listen_here();
    TOGETHER(serve, visit);
}

static void *poll_twice(void *arg) {
    struct pollfd descriptor = {.fd = ends[0], .events = POLLIN};
    EXPECT(poll(&descriptor, 1, 0) >= 0);
    EXPECT(poll(&descriptor, 1, -1) == 1 && descriptor.revents == POLLIN);
    return arg;
}

static void *select_it(void *arg) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    EXPECT(select(ends[0] + 1, &set, NULL, NULL, NULL) == 1 && FD_ISSET(ends[0], &set));
    return arg;
}

static void *epoll_it(void *arg) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = 7};
    int fd = epoll_create1(0);
    EXPECT(fd >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, ends[0], &event) == 0);
    EXPECT(epoll_wait(fd, &event, 1, -1) == 1 && event.data.fd == 7);
    EXPECT(close(fd) == 0);
    return arg;
}

SCENE(ready_descriptors) {
    EXPECT(pipe(ends) == 0);
    TOGETHER(poll_twice, select_it, epoll_it, write_a);
}

SCENE(limits) {
    struct timespec until = after(CLOCK_MONOTONIC, 2);
    struct pollfd descriptor = {.events = POLLIN};
    EXPECT(pipe(ends) == 0);
    descriptor.fd = ends[0];
    EXPECT(poll(&descriptor, 1, 3) == 0);
    EXPECT(has_come(CLOCK_MONOTONIC, &until));
}

/* A second is enough for the other to write, is it not? */
static void *poll_a_second(void *arg) {
    struct pollfd descriptor = {.fd = ends[0], .events = POLLIN};
    EXPECT(poll(&descriptor, 1, 1000) == 1);
    return arg;
}

SCENE(believing_in_a_limit) {
    EXPECT(pipe(ends) == 0);
    TOGETHER(poll_a_second, write_a);
}

SCENE(processes) {
    int status;
    pid_t pid = fork();
    EXPECT(pid >= 0);
    if (pid == 0)
        _exit(3);
    EXPECT(waitpid(pid, &status, 0) == pid);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    EXPECT(system("exit 4") == 4 << 8);
}

static sigset_t usr1;

static void *wait_for_signal(void *arg) {
    int number;
    EXPECT(sigwait(&usr1, &number) == 0 && number == SIGUSR1);
    return arg;
}

static void *send_signal(void *arg) {
    EXPECT(kill(getpid(), SIGUSR1) == 0);
    return arg;
}

SCENE(signals) {
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    EXPECT(pthread_sigmask(SIG_BLOCK, &usr1, NULL) == 0);
    TOGETHER(wait_for_signal, send_signal);
}
