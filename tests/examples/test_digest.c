/* test_digest.c - digest beside the real sha256sum, on trees made for it. */
#include <sys/stat.h>
#include <sys/resource.h>

#include "run.h"

static char folder[] = "/tmp/thrum-digest-XXXXXX";

/* Run a shell command in the test's folder and return its exit status. $D is the program. */
static int shell(const char *command) {
    int status = system(command);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void read_output(const char *path) {
    int fd = open(path, O_RDONLY);
    CHECK_GE(fd, 0);
    ssize_t length = read(fd, output, sizeof output - 1);
    CHECK_GE(length, 0);
    output[length] = '\0';
    close(fd);
}

static void remove_folder(void) {
    char command[128];
    snprintf(command, sizeof command, "chmod -R u+rwx %s; rm -rf %s", folder, folder);
    CHECK_EQ(system(command), 0);
}

static void make_folder(void) {
    CHECK(mkdtemp(folder));
    CHECK_EQ(chmod(folder, 0755), 0);
    CHECK_EQ(chdir(folder), 0);
    setenv("D", EXAMPLES "/digest", 1);
    setenv("LC_ALL", "C", 1);
    atexit(remove_folder);
}

static void make_file(const char *path, int content) {
    FILE *file = fopen(path, "w");
    CHECK(file);
    fprintf(file, "%d\n", content);
    CHECK_EQ(fclose(file), 0);
}

static void make_deep(void) {
    char folder_path[256] = "tree";
    for (int depth = 0; depth < 30; depth++) {
        char file[512];
        strcat(folder_path, "/deep");
        CHECK_EQ(mkdir(folder_path, 0755), 0);
        snprintf(file, sizeof file, "%s/file", folder_path);
        make_file(file, depth);
    }
}

/* A tree with what is odd: names, depths, sizes, links and special files. */
static void make_tree(void) {
    make_folder();
    CHECK_EQ(shell("mkdir -p tree/a tree/a.b tree/a-b tree/empty 'tree/with space/\\back' && cd tree &&"
                   "printf x >a/x && printf y >a.b/y && printf z >a-b/z && printf c >a.c && : >empty-file &&"
                   "printf 1 >'two\nlines' && printf 2 >'back\\slash' && printf 3 >'carriage\rreturn' &&"
                   "printf 4 >' leading' && printf 5 >'*' && printf 6 >-dash && printf 7 >\"$(printf '\\377')\" &&"
                   "printf 8 >'with space/\\back/slash' && printf 9 >.hidden && printf a >a0 &&"
                   "ln -s a.c link && ln -s a linked-folder && ln -s nowhere dangling && ln -s . loop &&"
                   "mkfifo pipe && head -c 1048576 /dev/zero >mebibyte && head -c 1048577 /dev/urandom >one-more &&"
                   "head -c 524288 /dev/urandom >piece"),
             0);
    make_deep();
}

/* The same with more files than the list of paths has room for, and what sha256sum says of it. */
static void make_large_tree(void) {
    make_tree();
    CHECK_EQ(mkdir("tree/many", 0755), 0);
    for (int i = 0; i < 1500; i++) {
        char path[64];
        snprintf(path, sizeof path, "tree/many/%d", i);
        make_file(path, i);
    }
    CHECK_EQ(shell("find tree -type f -print0 | sort -z | xargs -0 sha256sum >expected"), 0);
}

TEST(the_output_is_that_of_sha256sum_with_any_number_of_threads) {
    make_large_tree();
    CHECK_EQ(shell("$D -j 1 tree >one && cmp expected one"), 0);
    CHECK_EQ(shell("$D -j 4 tree >four && cmp expected four"), 0);
    CHECK_EQ(shell("$D -j 64 tree >many && cmp expected many"), 0);
    CHECK_EQ(shell("$D tree >all && cmp expected all"), 0);
    CHECK_EQ(shell("[ $(wc -l <expected) -ge 1540 ]"), 0);
}

TEST(the_pool_prints_the_same) {
    make_large_tree();
    CHECK_EQ(shell("$D --pool -j 1 tree >one && cmp expected one"), 0);
    CHECK_EQ(shell("$D -j 64 --pool tree >many && cmp expected many"), 0);
    CHECK_EQ(shell("$D --pool tree/a0 tree/a.b/ tree/a >said && sha256sum tree/a0 tree/a.b/y tree/a/x | cmp - said"),
             0);
    CHECK_EQ(shell("$D --pool tree/empty >said 2>&1 && [ ! -s said ]"), 0);
    CHECK_EQ(shell("{ $D --pool tree; echo $? >status; } | head -n 1 >first; head -n 1 expected | cmp - first"), 0);
    CHECK_EQ(shell("$D --pool tree >/dev/full 2>errors"), 1);
    read_output("errors");
    CHECK_STR(output, "digest: cannot write the output: No space left on device\n");
}

/* The most memory that digest, run so far, has had, in KiB. */
static long peak(void) {
    struct rusage used;
    CHECK_EQ(getrusage(RUSAGE_CHILDREN, &used), 0);
    return used.ru_maxrss;
}

/* 10,000 paths of 700 bytes each. */
static void make_long_paths(void) {
    char deep[1000];
    int length = snprintf(deep, sizeof deep, "tree/%0230d/%0230d/%0230d", 1, 2, 3);
    CHECK_EQ(shell("mkdir -p tree/$(printf '%0230d/%0230d/%0230d' 1 2 3)"), 0);
    for (int i = 0; i < 10; i++) {
        snprintf(deep + length, sizeof deep - (size_t)length, "/%d", i);
        CHECK_EQ(mkdir(deep, 0755), 0);
        for (int j = 0; j < 1000; j++) {
            snprintf(deep + length, sizeof deep - (size_t)length, "/%d/%d", i, j);
            CHECK_EQ(link("x", deep), 0);
        }
    }
}

/* Paths are made as results are printed: the walk is at most 1024 ahead. All of them together would be 7 MB. */
TEST(the_pool_has_few_paths_in_memory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    TEST_SKIP("sanitizers keep what was freed");
#endif
    make_folder();
    make_file("x", 1);
    make_long_paths();
    CHECK_EQ(shell("exec $D -j 2 --pool x >said"), 0);
    long before = peak();
    CHECK_EQ(shell("exec $D -j 2 --pool tree >said"), 0);
    CHECK_LT(peak(), before + 4 * 1024);
    CHECK_EQ(shell("[ $(wc -l <said) -eq 10000 ]"), 0);
}

/* As root every file can be read, so there the program runs without root's power over files. */
static const char *as_anybody(void) {
    return geteuid() == 0 ? "setpriv --bounding-set=-dac_override,-dac_read_search "
                            "--inh-caps=-dac_override,-dac_read_search "
                          : "";
}

/* By both ways, each on standard error. */
TEST(the_pool_names_what_is_wrong) {
    char command[512];
    make_folder();
    CHECK_EQ(
        shell("mkdir -p tree/closed tree/open && echo 2 >tree/open/in && chmod 0 tree/closed && ln -s tree link"), 0);
    for (int i = 0; i < 2; i++) {
        snprintf(command, sizeof command, "%s$D %s -j 3 link tree missing >said%d 2>errors%d", as_anybody(),
                 i ? "--pool" : "", i, i);
        CHECK_EQ(shell(command), 1);
    }
    CHECK_EQ(shell("cmp said0 said1 && cmp errors0 errors1"), 0);
    read_output("errors1");
    CHECK_STR(output, "digest: link: a symbolic link, which is not followed\n"
                      "digest: tree/closed/: Permission denied\n"
                      "digest: missing: No such file or directory\n");
}

TEST(sha256sum_accepts_it) {
    make_tree();
    CHECK_EQ(shell("$D tree | sha256sum -c --quiet --strict"), 0);
    CHECK_EQ(shell("$D tree >sums; echo more >>tree/a/x; sha256sum -c --quiet --strict sums >said 2>/dev/null"), 1);
    read_output("said");
    CHECK_STR(output, "tree/a/x: FAILED\n");
}

TEST(files_and_several_folders_are_taken_in_the_order_given) {
    make_tree();
    CHECK_EQ(shell("$D tree/a0 tree/a.b/ tree/a >said && sha256sum tree/a0 tree/a.b/y tree/a/x | cmp - said"), 0);
    CHECK_EQ(shell("$D -j 2 -- tree/-dash >said && sha256sum tree/-dash | cmp - said"), 0);
    CHECK_EQ(shell("cd tree && $D . | sha256sum -c --quiet --strict"), 0);
}

TEST(links_are_followed_only_when_a_slash_says_so) {
    make_tree();
    CHECK_EQ(shell("$D tree/linked-folder >said 2>&1"), 1);
    read_output("said");
    CHECK_STR(output, "digest: tree/linked-folder: a symbolic link, which is not followed\n");
    CHECK_EQ(shell("$D tree/linked-folder/ >said && sha256sum tree/linked-folder/x | cmp - said"), 0);
    CHECK_EQ(shell("$D tree/pipe >said 2>&1"), 1);
    read_output("said");
    CHECK_STR(output, "digest: tree/pipe: neither a file nor a folder\n");
}

TEST(an_empty_folder_is_no_output_and_no_error) {
    make_tree();
    CHECK_EQ(shell("$D tree/empty >said 2>&1"), 0);
    read_output("said");
    CHECK_STR(output, "");
}

TEST(what_cannot_be_read_is_named_and_the_rest_is_done) {
    char command[512];
    make_folder();
    CHECK_EQ(shell("mkdir -p tree/closed tree/open && echo 1 >tree/closed/in && echo 2 >tree/open/in &&"
                   "echo 3 >'tree/open/se\ncret' && echo 4 >tree/z && chmod 0 tree/closed 'tree/open/se\ncret'"),
             0);
    CHECK_EQ(shell("sha256sum tree/open/in tree/z >expected"), 0);
    snprintf(command, sizeof command, "%s$D -j 3 tree missing tree/z/below >said 2>errors", as_anybody());
    CHECK_EQ(shell(command), 1);
    CHECK_EQ(shell("cmp expected said"), 0);
    read_output("errors");
    CHECK_STR(output, "digest: tree/closed/: Permission denied\n"
                      "digest: tree/open/se\\ncret: Permission denied\n"
                      "digest: missing: No such file or directory\n"
                      "digest: tree/z/below: Not a directory\n");
}

/* A chain of folders whose path is longer than the system can open. */
TEST(a_path_that_is_too_long_is_named_and_the_rest_is_done) {
    make_folder();
    CHECK_EQ(shell("n=$(printf '%0250d' 0); mkdir tree; cd tree; i=0; while [ $i -lt 18 ]; do mkdir $n; cd -P $n;"
                   "echo $i >file; i=$((i+1)); done"),
             0);
    CHECK_EQ(shell("$D tree >said 2>errors"), 1);
    CHECK_EQ(shell("[ $(wc -l <said) -eq 16 ] && [ $(wc -l <errors) -ge 1 ] && sha256sum -c --quiet --strict said"),
             0);
    read_output("errors");
    CHECK_CONTAINS(output, ": File name too long\n");
}

TEST(output_that_cannot_be_written_is_a_failure) {
    make_large_tree();
    CHECK_EQ(shell("$D tree >/dev/full 2>errors"), 1);
    read_output("errors");
    CHECK_STR(output, "digest: cannot write the output: No space left on device\n");
    CHECK_EQ(shell("$D tree/a >/dev/full 2>/dev/null"), 1);
}

/* The window of the list is 1024 paths. A reader that takes one line and then goes away ends the program. */
TEST(a_reader_that_goes_away_ends_it) {
    make_large_tree();
    CHECK_EQ(shell("{ $D -j 4 tree; echo $? >status; } | head -n 1 >first; head -n 1 expected | cmp - first"), 0);
}

TEST(a_wrong_command_line_is_a_usage_error) {
    CHECK_EQ(run("", "digest", NULL), 2);
    CHECK_EQ(run("", "digest", "-j", "0", "/tmp", NULL), 2);
    CHECK_EQ(run("", "digest", "-j", "two", "/tmp", NULL), 2);
    CHECK_EQ(run("", "digest", "-j", "-1", "/tmp", NULL), 2);
    CHECK_EQ(run("", "digest", "-j", "", "/tmp", NULL), 2);
    CHECK_EQ(run("", "digest", "-x", "/tmp", NULL), 2);
    CHECK_STR(output, "");
    CHECK_EQ(run("", "digest", "-h", NULL), 0);
    CHECK_CONTAINS(output, "usage: digest [-j N] [--pool] FOLDER...");
    CHECK_EQ(run("", "digest", "--help", NULL), 0);
    CHECK_CONTAINS(output, "usage: digest [-j N] [--pool] FOLDER...");
    CHECK_EQ(run("", "digest", "--pool", NULL), 2);
    CHECK_EQ(run("", "digest", "--swim", "/tmp", NULL), 2);
}

/* Run digest on the tree with a terminal as stderr, and as stdout too unless that goes to `to`. What comes out of the
 * terminal is stored in `output`. */
static int run_in_terminal(const char *to) {
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    CHECK_GE(master, 0);
    CHECK_EQ(grantpt(master), 0);
    CHECK_EQ(unlockpt(master), 0);
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    CHECK_GE(terminal, 0);
    running self = {.pid = fork()};
    CHECK_GE(self.pid, 0);
    if (self.pid == 0) {
        dup2(terminal, STDERR_FILENO);
        close(master);
        exec_program(EXAMPLES "/digest", (const char *[]){"digest", "-j", "2", "tree", NULL}, STDIN_FILENO,
                     to ? open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600) : terminal);
    }
    close(terminal);
    size_t length = 0;
    for (ssize_t n; (n = read(master, output + length, sizeof output - 1 - length)) > 0;)
        length += (size_t)n;
    output[length] = '\0';
    close(master);
    return run_wait(&self);
}

/* Take out of `output` what a terminal would not show in the end: each bar, which starts where the line is wiped and
 * ends before it is wiped again, and the terminal's carriage returns. */
static void forget_bars(void) {
    static const char wipe[] = "\r\033[K";
    char *to = output;
    for (const char *from = output; *from;) {
        if (strncmp(from, wipe, strlen(wipe)) == 0) {
            from += strlen(wipe);
            const char *bar = strstr(from, " MB/s\r"), *end = strchr(from, '\r');
            if (bar && end == bar + strlen(" MB/s"))
                from = end;
        } else if (*from == '\r') {
            from++;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

TEST(a_terminal_gets_a_bar_that_goes_away) {
    make_large_tree();
    CHECK_EQ(run_in_terminal("said"), 0);
    CHECK_EQ(shell("cmp expected said"), 0);
    CHECK_CONTAINS(output, " files, ");
    CHECK_CONTAINS(output, " MB/s");
    forget_bars();
    CHECK_STR(output, "");
    CHECK_EQ(shell("$D -j 2 tree >said 2>errors && [ ! -s errors ]"), 0);
}

TEST(a_bar_and_the_output_share_a_terminal) {
    make_large_tree();
    CHECK_EQ(run_in_terminal(NULL), 0);
    forget_bars();
    char *shown = strdup(output);
    CHECK(shown);
    read_output("expected");
    CHECK_STR(shown, output);
    free(shown);
}

int main(int argc, char **argv) {
    if (access(EXAMPLES "/digest", X_OK) < 0) {
        puts("1..0 # SKIP digest was left out, for want of libcrypto");
        return 0;
    }
    return test_main(argc, argv);
}
