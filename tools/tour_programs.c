/* tour_programs.c - the programs in the order in which they are worth seeing. */
#include "tour_programs.h"

const tour_program tour_programs[] = {
    {"threads", "mthreads", "one thread waits for Enter, five compute, main joins them all", "", ""},
    {"threads", "countdown", "a thread as an object that is called back", "", "--tick 0.1"},
    {"threads", "countdown2", "a thread from a plain function", "", "--tick 0.1"},
    {"threads", "localdata", "what threads share, and what each has for itself", "", ""},
    {"threads", "gui", "a button whose work freezes the window", "--demo --freeze", "--demo --freeze --seconds 1",
     .needs = "SDL2", .window = true},
    {"threads", "gui", "the same work in a thread: the window lives on", "--demo", "--demo --seconds 1",
     .needs = "SDL2", .window = true},
    {"locks", "race", "two threads change a counter without a lock: updates get lost", "", ""},
    {"locks", "lock_ex", "the same with acquire and release", "", ""},
    {"locks", "lock_with", "the same with a with statement", "", ""},
    {"locks", "lock", "five threads print the alphabet: a mess, then neat", "", ""},
    {"locks", "deadlock", "two threads, two locks, opposite order: a report", "", ""},
    {"locks", "reentrant_lock", "a Lock taken twice fails, an RLock does not", "", "--limit 0.5"},
    {"locks", "rlock_ex", "methods that call each other under one RLock", "", ""},
    {"semaphores", "producers_and_customers", "8 producers, 5 customers, 13 places", "", "--seconds 1"},
    {"semaphores", "sema_signal", "a semaphore says that an item is ready", "", ""},
    {"events", "wait4parent", "a child waits for its parent", "", ""},
    {"events", "event_barrier", "threads wait for an initialisation", "", ""},
    {"events", "event_notify", "an item with an event that says \"processed\"", "", ""},
    {"conditions", "cond", "producer and consumer with a condition variable", "", ""},
    {"timers", "prompt", "input something in 3 seconds, or a timer fires in another thread", "", "--seconds 0.5",
     .waits_for_silence = true},
    {"barrier", "barrier", "a server and a client meet before they talk", "", ""},
    {"processes", "channel", "messages to a child and back, over its pipes", "", ""},
    {"digest", "digest", "the SHA-256 of every file below a folder, with all CPUs", TOUR_FOLDER, TOUR_FOLDER,
     .needs = "libcrypto"},
};
const int tour_program_count = sizeof tour_programs / sizeof tour_programs[0];
