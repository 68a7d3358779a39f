/* thread.c - what a thread is to the Linux kernel. */
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "platform/platform.h"

int thrum__os_thread_id(void) {
    return (int)syscall(SYS_gettid);
}

bool thrum__os_is_main_thread(void) {
    return thrum__os_thread_id() == getpid();
}

void thrum__os_set_thread_name(pthread_t thread, const char *name) {
    char cut[16];
    strncpy(cut, name, sizeof cut - 1);
    cut[sizeof cut - 1] = '\0';
    pthread_setname_np(thread, cut);
}

unsigned thrum__os_cpus(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) < 0) {
        long online = sysconf(_SC_NPROCESSORS_ONLN); /* more CPUs than cpu_set_t holds */
        return online > 0 ? (unsigned)online : 1;
    }
    return (unsigned)CPU_COUNT(&set);
}
