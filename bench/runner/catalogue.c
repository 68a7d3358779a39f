#include "runner/catalogue.h"

#include <string.h>

const catalogue_workload workloads[] = {
    {"lock.pair", "acquire and release a lock without contention", "time", NULL},
    {"lock.empty.1", "1 thread takes a lock and does nothing", "rate", NULL},
    {"lock.empty.2", "2 threads take a lock in turn and do nothing", "rate", "fairness"},
    {"lock.empty.4", "4 threads take a lock in turn and do nothing", "rate", "fairness"},
    {"lock.empty.8", "8 threads take a lock in turn and do nothing", "rate", "fairness"},
    {"lock.empty.2@split", "2 threads, pinned apart, take a lock in turn and do nothing", "rate", "fairness"},
    {"lock.work.2", "2 threads take a lock in turn and work for about 70 ns inside", "rate", "fairness"},
    {"lock.work.8", "8 threads take a lock in turn and work for about 70 ns inside", "rate", "fairness"},
    {"lock.work.2@split", "2 threads, pinned apart, work for about 70 ns inside a lock", "rate", "fairness"},
    {"rlock.levels", "acquire a recursive lock twice and release it twice", "time", NULL},
    {"semaphore.pair", "release a semaphore and acquire it, nobody waiting", "time", NULL},
    {"semaphore.pingpong", "two threads wake each other by two semaphores: a turn", "time", NULL},
    {"semaphore.pingpong@1cpu", "two threads on one CPU wake each other by two semaphores: a turn", "time", NULL},
    {"semaphore.pingpong@split", "two threads, pinned apart, wake each other by two semaphores: a turn", "time",
     NULL},
    {"condition.pingpong", "two threads wake each other by two conditions: a turn", "time", NULL},
    {"condition.pingpong@1cpu", "two threads on one CPU wake each other by two conditions: a turn", "time", NULL},
    {"condition.pingpong@split", "two threads, pinned apart, wake each other by two conditions: a turn", "time",
     NULL},
    {"event.wake", "from setting an event to the thread that slept on it", "p50", "p99"},
    {"event.wake@split", "from setting an event to the thread that slept on it, pinned apart", "p50", "p99"},
    {"barrier.2", "2 threads meet again and again", "rate", NULL},
    {"barrier.8", "8 threads meet again and again", "rate", NULL},
    {"thread.start_join", "start a thread and join it", "time", NULL},
    {"timer.start", "start a timer, the mean of 10,000", "time", NULL},
    {"timer.cancel", "cancel a timer, the mean of 10,000", "time", NULL},
    {"timer.threads", "threads more while 10,000 timers run", "threads", NULL},
    {"queue.1x1", "1 producer and 1 consumer, 1024 places", "rate", NULL},
    {"queue.4x1", "4 producers and 1 consumer, 1024 places", "rate", NULL},
    {"queue.2x2", "2 producers and 2 consumers, 1024 places", "rate", NULL},
    {"queue.4x4", "4 producers and 4 consumers, 1024 places", "rate", NULL},
    {"queue.1x1.16", "1 producer and 1 consumer, 16 places", "rate", NULL},
    {"queue.4x1.16", "4 producers and 1 consumer, 16 places", "rate", NULL},
    {"queue.2x2.16", "2 producers and 2 consumers, 16 places", "rate", NULL},
    {"queue.4x4.16", "4 producers and 4 consumers, 16 places", "rate", NULL},
    {"queue.4x1.1", "4 producers and 1 consumer, 1 place", "rate", NULL},
    {"queue.2x2.1", "2 producers and 2 consumers, 1 place", "rate", NULL},
    {"queue.4x4.1", "4 producers and 4 consumers, 1 place", "rate", NULL},
    {"queue.handoff", "hand over one item at a time", "time", NULL},
    {"queue.handoff@1cpu", "the same on one CPU", "time", NULL},
    {"queue.handoff@split", "the same between two CPUs", "time", NULL},
    {"simple.1x1", "1 producer and 1 consumer, no limit", "rate", NULL},
    {"simple.4x1", "4 producers and 1 consumer, no limit", "rate", NULL},
    {"simple.4x4", "4 producers and 4 consumers, no limit", "rate", NULL},
    {"priority.put", "put a million keys into a priority queue", "time", NULL},
    {"priority.get", "take them out, the smallest first", "time", NULL},
    {"sched.enter", "enter a million events", "time", NULL},
    {"sched.cancel", "cancel them", "time", NULL},
    {"sched.run", "call a million events that are due", "time", NULL},
    {"pool.submit", "submit a million tasks and wait for all", "rate", NULL},
    {"pool.trip", "submit a task and wait for its result", "time", NULL},
    {"pool.map", "do 4 ns of work to each of a million items", "rate", NULL},
    {"pool.fib", "the 27th number of Fibonacci's, with a task for every second call", "time", NULL},
    {"process.true", "start /bin/true and wait for it", "time", NULL},
    {"process.true@4g", "the same from a process that has touched 4 GiB", "time", NULL},
    {"process.static", "start a program without libc and wait for it", "time", NULL},
    {"process.asked", "the same with pipes, directory, environment, descriptors closed, a new session", "time", NULL},
    {"process.capture", "capture 64 MiB from a child", "rate", "first"},
    {"process.wake", "from the release of a child to the end of a wait with a time limit", "p50", "p99"},
    {"size", "bytes per object", NULL, NULL},
};
const size_t workload_count = sizeof workloads / sizeof workloads[0];

const catalogue_peer peers[] = {
    {"thrum", "this library", NULL},
    {"pthread", "the C library", NULL},
    {"adaptive", "the C library's adaptive mutex", NULL},
    {"nsync", "nsync", "libnsync-dev"},
    {"glib", "GLib", "libglib2.0-dev"},
    {"absl", "Abseil", "libabsl-dev and g++"},
    {"tbb", "oneTBB", "libtbb-dev and g++"},
    {"std", "the C++20 library", "g++"},
    {"libuv", "libuv", "libuv1-dev"},
    {"apr", "the Apache Portable Runtime", "libapr1-dev and libaprutil1-dev"},
    {"moodycamel", "moodycamel::ConcurrentQueue", "libconcurrentqueue-dev and g++"},
    {"go", "Go", "golang-go"},
    {"parking_lot", "Rust's parking_lot", "cargo and librust-parking-lot-dev"},
    {"crossbeam", "Rust's crossbeam", "cargo and librust-crossbeam-channel-dev"},
    {"rayon", "Rust's rayon", "cargo and librust-rayon-dev"},
    {"omp", "OpenMP", NULL},
    {"python3", "CPython", "python3"},
    {"fork", "fork and exec by hand", NULL},
    {"floor", "a bare futex, vfork and exec, or one thread, for comparison", NULL},
};
const size_t peer_count = sizeof peers / sizeof peers[0];

int workload_find(const char *name) {
    for (size_t i = 0; i < workload_count; i++)
        if (strcmp(workloads[i].name, name) == 0)
            return (int)i;
    return -1;
}

int peer_find(const char *name) {
    for (size_t i = 0; i < peer_count; i++)
        if (strcmp(peers[i].name, name) == 0)
            return (int)i;
    return -1;
}
