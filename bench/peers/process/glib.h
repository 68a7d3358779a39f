/* glib.h - children by GLib: GSubprocess. */
#include <gio/gio.h>
#include <unistd.h>

static void child_setup(gpointer arg) {
    (void)arg;
    setsid();
}

static void wait_and_free(GSubprocess *child) {
    if (!child || !g_subprocess_wait(child, NULL, NULL))
        give_up("g_subprocess failed");
    g_object_unref(child);
}

static inline void peer_start_and_wait(const char *program) {
    wait_and_free(g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_INHERIT, NULL, program, NULL));
}

static inline void peer_start_asked(const char *program) {
    GSubprocessLauncher *launcher = g_subprocess_launcher_new(
        G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    char *env[] = {(char *)"A=1", (char *)"B=2", NULL};
    g_subprocess_launcher_set_cwd(launcher, "/");
    g_subprocess_launcher_set_environ(launcher, env);
    g_subprocess_launcher_set_child_setup(launcher, child_setup, NULL, NULL);
    wait_and_free(g_subprocess_launcher_spawn(launcher, NULL, program, NULL));
    g_object_unref(launcher);
}

static inline size_t peer_capture(const char *program) {
    GSubprocess *child = g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, program, NULL);
    GBytes *out = NULL;
    if (!child || !g_subprocess_communicate(child, NULL, NULL, &out, NULL, NULL))
        give_up("g_subprocess_communicate failed");
    size_t size = g_bytes_get_size(out);
    g_bytes_unref(out);
    g_object_unref(child);
    return size;
}
