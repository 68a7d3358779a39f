/* pthread.h - children by the C library: posix_spawn. */
#include <spawn.h>
#include <sys/wait.h>

#include "peers/process/pipes.h"

static void spawn_and_wait(const char *program, const posix_spawn_file_actions_t *actions,
                           const posix_spawnattr_t *attributes, char **env) {
    char *argv[] = {(char *)program, NULL};
    pid_t pid;
    int status;
    if (posix_spawn(&pid, program, actions, attributes, argv, env) != 0)
        give_up("posix_spawn failed");
    waitpid(pid, &status, 0);
}

static inline void peer_start_and_wait(const char *program) {
    spawn_and_wait(program, NULL, NULL, environ);
}

static inline void peer_start_asked(const char *program) {
    three_pipes pipes;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    open_pipes(&pipes);
    posix_spawn_file_actions_init(&actions);
    for (int i = 0; i < 3; i++)
        posix_spawn_file_actions_adddup2(&actions, pipes.theirs[i], i);
    posix_spawn_file_actions_addchdir_np(&actions, "/");
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    spawn_and_wait(program, &actions, &attributes, few_variables);
    close_three(pipes.theirs);
    close_three(pipes.ours);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
}

static inline size_t peer_capture(const char *program) {
    posix_spawn_file_actions_t actions;
    char *argv[] = {(char *)program, NULL};
    int ends[2], status;
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC) < 0)
        give_up("pipe2 failed");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    if (posix_spawn(&pid, program, &actions, NULL, argv, environ) != 0)
        give_up("posix_spawn failed");
    close(ends[1]);
    size_t size = read_all(ends[0]);
    waitpid(pid, &status, 0);
    posix_spawn_file_actions_destroy(&actions);
    return size;
}
