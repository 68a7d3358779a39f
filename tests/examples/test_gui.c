/* test_gui.c - gui in a real window of a virtual screen: whether the picture changes while the work goes on.
 *
 * Xvfb keeps its screen in a file, in the format of xwd, which is read here at any time without asking anybody.
 */
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "run.h"

typedef struct screen {
    pid_t server;
    char folder[32];
    const unsigned char *file; /* the whole file, as the server maps it */
    const unsigned char *pixels;
    size_t size; /* of the pixels */
} screen;

static bool in_path(const char *program) {
    char command[128];
    snprintf(command, sizeof command, "command -v %s >/dev/null", program);
    return system(command) == 0;
}

static void exec_server(const char *folder, int display_fd) {
    char number[16];
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* a test that fails leaves nothing behind */
    snprintf(number, sizeof number, "%d", dup(display_fd));
    execlp("Xvfb", "Xvfb", "-displayfd", number, "-screen", "0", "400x300x24", "-fbdir", folder, "-nolisten", "tcp",
           "-terminate", (char *)NULL);
    _exit(127);
}

/* Start the server on a display number that it chooses, and name that in DISPLAY. */
static void start_server(screen *self) {
    int ends[2];
    char display[16] = ":";
    CHECK_EQ(pipe2(ends, O_CLOEXEC), 0);
    self->server = fork();
    CHECK_GE(self->server, 0);
    if (self->server == 0)
        exec_server(self->folder, ends[1]);
    close(ends[1]);
    FILE *answer = fdopen(ends[0], "r");
    CHECK(fgets(display + 1, sizeof display - 1, answer));
    fclose(answer);
    display[strcspn(display, "\n")] = '\0';
    setenv("DISPLAY", display, 1);
    unsetenv("WAYLAND_DISPLAY");
    setenv("SDL_VIDEODRIVER", "x11", 1);
}

/* The n-th number of the file's header. */
static uint32_t header(const screen *self, int n) {
    const unsigned char *at = self->file + 4 * n;
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* SDL unloads libraries, such as libdbus, that keep memory until the end: LeakSanitizer would blame gui for it. */
static void excuse_leaks(void) {
    char options[512];
    const char *given = getenv("ASAN_OPTIONS");
    snprintf(options, sizeof options, "%s:detect_leaks=0", given ? given : "");
    setenv("ASAN_OPTIONS", options, 1);
}

static void open_screen(screen *self) {
    enum { HEADER_SIZE = 0, HEIGHT = 5, BYTES_PER_LINE = 12, COLOURS = 19 };
    char path[64];
    struct stat status;
    strcpy(self->folder, "/tmp/thrum-gui-XXXXXX");
    CHECK(mkdtemp(self->folder));
    start_server(self);
    snprintf(path, sizeof path, "%s/Xvfb_screen0", self->folder);
    int fd = open(path, O_RDONLY);
    CHECK_GE(fd, 0);
    CHECK_EQ(fstat(fd, &status), 0);
    self->file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(self->file != MAP_FAILED);
    close(fd);
    size_t offset = header(self, HEADER_SIZE) + 12 * header(self, COLOURS);
    self->pixels = self->file + offset;
    self->size = (size_t)header(self, HEIGHT) * header(self, BYTES_PER_LINE);
    CHECK_LE(offset + self->size, status.st_size);
}

static void close_screen(screen *self) {
    kill(self->server, SIGTERM);
    CHECK_EQ(waitpid(self->server, NULL, 0), self->server);
    rmdir(self->folder);
}

/* What is to be seen, as a number. */
static uint64_t picture(const screen *self) {
    uint64_t sum = 14695981039346656037u;
    for (size_t i = 0; i < self->size; i++)
        sum = (sum ^ self->pixels[i]) * 1099511628211u;
    return sum;
}

static int count_pixels(const screen *self, uint32_t colour) {
    int count = 0;
    for (size_t i = 0; i + 4 <= self->size; i += 4) {
        uint32_t pixel;
        memcpy(&pixel, self->pixels + i, 4);
        count += (pixel & 0xffffff) == colour;
    }
    return count;
}

static bool has_printed(int fd, int milliseconds) {
    struct pollfd printed = {.fd = fd, .events = POLLIN};
    return poll(&printed, 1, milliseconds) != 0;
}

/* How often the picture changed from now until the program prints something. A picture counts only when nothing had
 * been printed after it was taken. */
static int count_changes(const screen *self, int fd) {
    int changes = 0;
    uint64_t last = picture(self);
    while (!has_printed(fd, 3)) {
        uint64_t now = picture(self);
        if (has_printed(fd, 0))
            break;
        changes += now != last;
        last = now;
    }
    return changes;
}

static void read_line(int fd, char *line, size_t size) {
    size_t length = 0;
    while (length + 1 < size && read(fd, line + length, 1) == 1 && line[length++] != '\n')
        ;
    line[length] = '\0';
}

/* Run gui; store how often the picture changed during the work, and return how many frames it says it painted. */
static int run_gui(const char *mode, int *ret_changes) {
    screen display;
    char line[128];
    int frames;
    open_screen(&display);
    excuse_leaks();
    running gui = run_start(EXAMPLES, "gui", (const char *[]){"gui", "--demo", "--seconds", "1", mode, NULL});
    read_line(gui.output, line, sizeof line);
    CHECK_STR(line, "the work begins\n");
    CHECK_GT(count_pixels(&display, 0xa04030), 5000); /* the button is there, and pressed */
    CHECK_GT(count_pixels(&display, 0xffffff), 500);  /* with its text */
    *ret_changes = count_changes(&display, gui.output);
    read_line(gui.output, line, sizeof line);
    CHECK_EQ(sscanf(line, "the work is done: %d frames painted meanwhile", &frames), 1);
    CHECK_EQ(run_wait(&gui), 0);
    close_screen(&display);
    return frames;
}

TEST(work_in_a_thread_lets_the_window_live) {
    int changes;
    CHECK_GE(run_gui(NULL, &changes), 3);
    CHECK_GE(changes, 3);
}

TEST(work_in_the_callback_freezes_the_window) {
    int changes;
    CHECK_EQ(run_gui("--freeze", &changes), 0);
    CHECK_EQ(changes, 0);
}

TEST(without_a_display_it_says_so) {
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    setenv("SDL_VIDEODRIVER", "x11", 1);
    CHECK_EQ(run("", "gui", "--demo", NULL), 1);
    CHECK_STR(output, "");
}

TEST(an_option_that_makes_no_sense_is_a_usage_error) {
    CHECK_EQ(run("", "gui", "--seconds", NULL), 2);
    CHECK_EQ(run("", "gui", "--seconds", "0", NULL), 2);
    CHECK_EQ(run("", "gui", "--melt", NULL), 2);
}

int main(int argc, char **argv) {
    if (access(EXAMPLES "/gui", X_OK) < 0 || !in_path("Xvfb")) {
        puts("1..0 # SKIP gui was left out, or there is no Xvfb");
        return 0;
    }
    return test_main(argc, argv);
}
