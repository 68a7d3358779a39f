/* thread.c - what a thread is to the Linux kernel. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/platform.h"

int thrum__os_thread_id(void) {
    return (int)syscall(SYS_gettid);
}

bool thrum__os_is_main_thread(void) {
    return thrum__os_thread_id() == getpid();
}

/* Another thread's name is a file. */
static void write_name(int thread_id, const char *name) {
    char path[40];
    snprintf(path, sizeof path, "/proc/self/task/%d/comm", thread_id);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)!write(fd, name, strlen(name)); /* it is for people: nothing depends on it */
    close(fd);
}

void thrum__os_set_thread_name(int thread_id, const char *name) {
    char cut[16];
    strncpy(cut, name, sizeof cut - 1);
    cut[sizeof cut - 1] = '\0';
    if (thread_id == thrum__os_thread_id())
        prctl(PR_SET_NAME, cut);
    else
        write_name(thread_id, cut);
}

unsigned thrum__os_cpus(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) < 0) {
        long online = sysconf(_SC_NPROCESSORS_ONLN); /* more CPUs than cpu_set_t holds */
        return online > 0 ? (unsigned)online : 1;
    }
    return (unsigned)CPU_COUNT(&set);
}
