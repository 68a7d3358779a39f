/* process_case.h - a call of subprocess at random, and the line that asks reference.py for it. */
#ifndef THRUM_TEST_PROCESS_CASE_H
#define THRUM_TEST_PROCESS_CASE_H

#include <ctype.h>
#include <stdbool.h>

#include "against_python.h"

enum { inherited, piped, merged, null, to_file };

typedef struct process_case {
    const char *api, *mode; /* of popen() */
    const char *args[6], *executable, *cwd, *encoding, *errors, *user, *group, *input;
    const char *const *env, *const *extra_groups;
    char script[600];
    size_t repeat; /* of the input */
    int in, out, err, timeout_ms, signal;
    int pass[2];
    size_t pass_count;
    unsigned umask;
    bool shell, text, capture, check, session, own_group, keep_fds, keep_signals, has_umask;
} process_case;

#define PICK(list) ((list)[below(sizeof(list) / sizeof((list)[0]))])

static inline bool one_in(unsigned number) {
    return below(number) == 0;
}

/* -- what a child does: statements of a shell */

static void make_script(process_case *c, bool plain) {
    static const char *const statements[] = {
        "echo out",
        "echo err >&2",
        "cat",
        "cat >&2",
        "pwd",
        "umask",
        "echo \"${0##*/}:$1:$2\"",
        "for fd in 50 51; do [ -e /proc/self/fd/$fd ] && echo $fd; done",
        "read a b c d pgrp sid rest </proc/self/stat; [ $pgrp = $$ ] && echo leads; [ $sid = $$ ] && echo session",
        "while read name set; do [ $name = SigIgn: ] && echo ${set#?????????}; done </proc/self/status",
        "echo $FRUIT-$EMPTY",
        "exec 1>&-",
        "exec 0<&-",
        "head -c 3",
        "echo",
        "echo; echo",
        "printf 'no newline'",
        "false",
        "id -u; id -g; id -G",
    };
    static const char *const texts[] = {"printf 'a\\r\\nb\\rc\\n\\r'",
                                        "printf 'caf\\303\\251 \\346\\274\\242 \\360\\237\\230\\200'",
                                        "printf 'x\\377y\\376'",
                                        "printf '\\342\\202A\\360\\237\\230'",
                                        "printf '\\355\\240\\200.'",
                                        "printf '\\300\\200\\364\\220\\200\\200\\360\\200\\200\\200'",
                                        "printf 'a\\0b'",
                                        "printf \"it's\"",
                                        "printf '\"\\047\\\\\\t\\001'"};
    /* Neither SIGRTMIN nor its neighbour: the C libraries do not agree on it. */
    static const char *const ends[] = {"",
                                       "",
                                       "",
                                       "exit 0",
                                       "exit 1",
                                       "exit 7",
                                       "exit 255",
                                       "nonesuch 2>/dev/null",
                                       "kill -9 $$",
                                       "kill -15 $$",
                                       "kill -1 $$",
                                       "kill -13 $$",
                                       "kill -11 $$",
                                       "kill -10 $$",

                                       "kill -36 $$",
                                       "kill -64 $$",
                                       "kill -6 $$"};
    enum { last_statement = sizeof statements / sizeof statements[0] - 1 };
    for (unsigned i = below(4); i > 0; i--) {
        strcat(c->script, !plain && one_in(3) ? PICK(texts) : statements[below(last_statement + (geteuid() == 0))]);
        strcat(c->script, "; ");
    }
    strcat(c->script, PICK(ends));
    if (!*c->script)
        strcpy(c->script, ":");
}

/* -- its arguments */

static void make_args(process_case *c) {
    static const char *const odd[] = {"two words", "it's", "\"", "\\",    "new\nline",
                                      "caf\u00e9", "\xff", "",   "$HOME", "-"};
    static const char *const shells[] = {"sh", "/bin/sh", "/bin/../bin/sh"};
    static const char *const missing[] = {
        "/nonexistent/program", "no-such-program", "/etc/passwd", "/", "./sh", "../bin/sh"};
    size_t count = 0;
    c->shell = one_in(2);
    if (!c->shell) {
        c->args[count++] = one_in(5) ? PICK(missing) : PICK(shells);
        c->args[count++] = "-c";
    }
    c->args[count++] = c->script;
    for (unsigned i = one_in(2) ? below(3) : 0; i > 0; i--)
        c->args[count++] = PICK(odd);
    if (one_in(8))
        c->executable = one_in(2) ? PICK(missing) : "/bin/sh";
}

/* -- where its streams go; what nobody reads or closes would hang in Python */

static void make_streams(process_case *c, bool communicates) {
    static const int outs[] = {piped, piped, null, inherited}, errs[] = {piped, merged, null, inherited, to_file};
    c->in = communicates && one_in(2) ? piped : one_in(2) ? null : inherited;
    c->out = PICK(outs);
    c->err = PICK(errs);
}

static void make_text(process_case *c) {
    static const char *const encodings[] = {NULL, "utf-8", "ascii", "latin-1"};
    static const char *const modes[] = {NULL, "strict", "ignore", "replace", "surrogateescape", "backslashreplace"};
    c->text = true;
    c->encoding = PICK(encodings);
    c->errors = PICK(modes);
}

static void make_input(process_case *c) {
    static const char *const inputs[] = {"", "x", "one\ntwo\n", "no newline", "a\r\nb\rc"};
    static const size_t repeats[] = {1, 1, 1, 3, 20000};
    c->input = PICK(inputs);
    c->repeat = PICK(repeats);
}

/* -- its surroundings */

static void make_descriptors(process_case *c) {
    static const int both[] = {50, 51};
    c->keep_fds = one_in(2);
    c->pass_count = below(3);
    for (size_t i = 0; i < c->pass_count; i++)
        c->pass[i] = both[(i + below(2)) % 2];
}

/* One of them may be wrong: which of two is reported is nobody's business. */
static void make_identity(process_case *c) {
    static const char *const good[] = {"0", "12345", "root"};
    static const char *const bad[] = {"no-such-name", "-1", "99999999999999999999"};
    static const char *const one[] = {"12", "3", NULL}, *const none[] = {NULL};
    static const char *const wrong[][2] = {{"no-such-group", NULL}, {"99999999999999999999", NULL}, {"-1", NULL}};
    c->user = one_in(2) ? PICK(good) : NULL;
    c->group = one_in(2) ? PICK(good) : NULL;
    c->extra_groups = one_in(2) ? NULL : one_in(2) ? one : none;
    if (one_in(4))
        c->user = PICK(bad);
    else if (one_in(4))
        c->group = PICK(bad);
    else if (one_in(4))
        c->extra_groups = PICK(wrong);
}

static void make_surroundings(process_case *c) {
    static const char *const directories[] = {"/", "/usr", "/bin", "/nonexistent", "/etc/passwd", ".."};
    static const char *const fruit[] = {"FRUIT=pear", "PATH=/usr/bin:/bin", NULL}, *const none[] = {NULL},
                             *const lost[] = {"PATH=/nonexistent:/etc", "EMPTY=", NULL};
    static const char *const *const environments[] = {fruit, fruit, none, lost};
    static const unsigned masks[] = {0, 022, 0777};
    c->cwd = one_in(4) ? PICK(directories) : NULL;
    c->env = one_in(4) ? PICK(environments) : NULL;
    c->has_umask = one_in(6);
    c->umask = PICK(masks);
    c->session = one_in(6);
    c->own_group = !c->session && one_in(6); /* who leads a session cannot change its group */
    c->keep_signals = one_in(4);
    if (one_in(4))
        make_descriptors(c);
    if (geteuid() == 0 && one_in(6))
        make_identity(c);
}

/* -- the calls */

/* A child that only a time limit or a signal ends, and that has written nothing. */
static void make_endless(process_case *c) {
    static const int limits[] = {20, -1000, -1500, 1};
    static const int signals[] = {1, 2, 9, 10, 13, 14, 15, 36, 64};
    strcpy(c->script, "exec sleep 1000");
    c->timeout_ms = PICK(limits);
    c->signal = PICK(signals);
    c->input = NULL;
    c->executable = NULL;
    c->cwd = NULL;
    c->env = NULL;
}

static void make_shell_call(process_case *c, const char *api) {
    c->api = api;
    c->mode = one_in(2) ? "r" : "w";
    c->args[0] = c->script;
    c->repeat = 1;
    if (strcmp(api, "popen") == 0 && c->mode[0] == 'w') {
        c->input = "written\n";
        strcpy(c->script, "cat; "); /* else it might have ended before anything is written */
    }
    make_script(c, true);
}

static void make_full_call(process_case *c, const char *api) {
    bool communicates =
        strcmp(api, "run") == 0 || strcmp(api, "communicate") == 0 || strcmp(api, "check_output") == 0;
    c->api = api;
    c->repeat = 1;
    if (communicates && one_in(3))
        make_text(c);
    make_args(c);
    make_streams(c, communicates);
    make_surroundings(c);
    if (communicates && one_in(2))
        make_input(c);
    make_script(c, c->input && c->text);
    if (one_in(12) && strcmp(api, "check_call") != 0)
        make_endless(c);
    c->check = strcmp(api, "run") == 0 && one_in(2);
    c->capture = strcmp(api, "run") == 0 && one_in(3);
    if (c->capture && !one_in(6))
        c->out = c->err = inherited;
    if (c->input && strcmp(api, "communicate") != 0 && !one_in(6))
        c->in = inherited;
    if (strcmp(api, "check_output") == 0)
        c->out = inherited;
}

static void make_process_case(void *made) {
    static const char *const full[] = {"run",  "run",        "run",          "communicate", "communicate",
                                       "wait", "check_call", "check_output", "call"};
    static const char *const of_shell[] = {"getoutput", "getstatusoutput", "system", "popen"};
    if (one_in(5))
        make_shell_call(made, PICK(of_shell));
    else
        make_full_call(made, PICK(full));
}

/* -- the question */

static bool is_plain(unsigned char c) {
    return (c < 128 && isalnum(c)) || (c && strchr("_.-~", c));
}

static void ask_word(FILE *to, const char *key, const char *value) {
    if (!value)
        return;
    fprintf(to, "%s=", key);
    for (; *value; value++)
        fprintf(to, is_plain((unsigned char)*value) ? "%c" : "%%%02X", (unsigned char)*value);
    fputc(' ', to);
}

static void ask_flag(FILE *to, const char *key, bool on) {
    if (on)
        fprintf(to, "%s=1 ", key);
}

/* An empty list is one empty word. */
static void ask_list(FILE *to, const char *key, const char *const *list) {
    if (list && !*list)
        ask_word(to, key, "");
    for (; list && *list; list++)
        ask_word(to, key, *list);
}

static void ask_numbers(FILE *to, const process_case *c) {
    fprintf(to, "repeat=%zu signal=%d ", c->repeat, c->signal);
    if (c->timeout_ms)
        fprintf(to, "timeout=%g ", c->timeout_ms / 1000.0);
    if (c->has_umask)
        fprintf(to, "umask=%u ", c->umask);
    for (size_t i = 0; i < c->pass_count; i++)
        fprintf(to, "pass=%d ", c->pass[i]);
}

static void ask_process_case(FILE *to, const void *asked) {
    static const char *const streams[] = {NULL, "pipe", "stdout", "devnull", "file"};
    const process_case *c = asked;
    ask_word(to, "api", c->api);
    ask_word(to, "mode", c->mode);
    ask_list(to, "arg", c->args);
    ask_word(to, "executable", c->executable);
    ask_word(to, "stdin", streams[c->in]);
    ask_word(to, "stdout", streams[c->out]);
    ask_word(to, "stderr", streams[c->err]);
    ask_word(to, "input", c->input);
    ask_word(to, "encoding", c->encoding);
    ask_word(to, "errors", c->errors);
    ask_word(to, "cwd", c->cwd);
    ask_word(to, "user", c->user);
    ask_word(to, "group", c->group);
    ask_list(to, "env", c->env);
    ask_list(to, "extra_groups", c->extra_groups);
    ask_flag(to, "shell", c->shell);
    ask_flag(to, "text", c->text);
    ask_flag(to, "capture_output", c->capture);
    ask_flag(to, "check", c->check);
    ask_flag(to, "start_new_session", c->session);
    ask_flag(to, "process_group", c->own_group);
    ask_flag(to, "keep_fds", c->keep_fds);
    ask_flag(to, "keep_signals", c->keep_signals);
    ask_numbers(to, c);
}

#endif
