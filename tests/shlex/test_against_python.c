/* The same generated input through CPython's shlex and through this one, token for token. Skipped without python3.
 *
 *     test_against_python REFERENCE.PY [CASES [SEED]]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <thrum/shlex.h>

enum { posix = 1, whitespace_split = 2, standard_punctuation = 4, own_punctuation = 8 };
enum { line_size = 8192 };

typedef struct lexer_case {
    unsigned flags;
    const char *whitespace, *wordchars; /* NULL: the default */
    char text[256];
} lexer_case;

static uint64_t random_state;
static unsigned below(unsigned limit) {
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((random_state >> 33) % limit);
}

/* What a case is made of: the pieces that the syntax looks at, letters, and bytes that are not UTF-8. */
static const char *const pieces[] = {"a",          "b",    "Z",    "7",    "_",      " ",    " ",  "\t",     "\n",
                                     "\r",         "'",    "\"",   "'",    "\"",     "\\",   "\\", "#",      ";",
                                     "|",          "&&",   ">",    "(",    "-",      ".",    "$x", "\u00e9", "\u00d7",
                                     "\U0001f600", "\xff", "\xc3", "word", "\u6f22", "='x'", ",",  "\f",     "~"};

static lexer_case make_case(void) {
    static const char *const whitespaces[] = {NULL, NULL, NULL, " \n", "\n|", "\n, \u00e9"};
    static const char *const words[] = {NULL, NULL, NULL, "abc", "ab'\\", "\u6f22#a;"};
    static const unsigned punctuations[] = {0, standard_punctuation, own_punctuation};
    lexer_case made = {.whitespace = whitespaces[below(6)], .wordchars = words[below(6)]};
    made.flags = below(4) | punctuations[below(3)];
    for (unsigned i = below(24); i > 0; i--)
        strcat(made.text, pieces[below(sizeof pieces / sizeof pieces[0])]);
    return made;
}

static void print_hex(FILE *to, const char *text) {
    for (; *text; text++)
        fprintf(to, "%02x", (unsigned char)*text);
}

static void ask(FILE *to, const lexer_case *asked) {
    const char *sets[] = {asked->whitespace, asked->wordchars};
    fprintf(to, "%u", asked->flags);
    for (int i = 0; i < 2; i++) {
        fputs(sets[i] ? " " : " -", to);
        print_hex(to, sets[i] ? sets[i] : "");
    }
    fputs(" =", to);
    print_hex(to, asked->text);
    fputc('\n', to);
}

static thrum_shlex *make_lexer(const lexer_case *asked) {
    thrum_shlex *lex;
    const char *punctuation = asked->flags & standard_punctuation ? THRUM_SHLEX_PUNCTUATION_CHARS : NULL;
    thrum_shlex_options options = {.posix = asked->flags & posix, .punctuation_chars = punctuation};
    if (asked->flags & own_punctuation)
        options.punctuation_chars = "|-\u00e9";
    if (thrum_shlex_new(&lex, asked->text, &options) < 0)
        abort();
    thrum_shlex_set_whitespace_split(lex, asked->flags & whitespace_split);
    if (asked->whitespace && thrum_shlex_set_chars(lex, THRUM_SHLEX_WHITESPACE, asked->whitespace) < 0)
        abort();
    if (asked->wordchars && thrum_shlex_set_chars(lex, THRUM_SHLEX_WORDCHARS, asked->wordchars) < 0)
        abort();
    return lex;
}

/* Our answer, in the form of reference.py. */
static void answer(const lexer_case *asked, char *ret_line) {
    FILE *to = fmemopen(ret_line, line_size, "w");
    thrum_shlex *lex = make_lexer(asked);
    char *token;
    int r;
    while ((r = thrum_shlex_get_token(lex, &token)) == 0) {
        fputc('=', to);
        print_hex(to, token);
        fputc(' ', to);
        free(token);
    }
    fprintf(to, "%zu %s\n", thrum_shlex_lineno(lex), r == THRUM_STOP_ITERATION ? "end" : thrum_strerror(r));
    thrum_shlex_free(lex);
    fclose(to);
}

/* Both answers to every case. Returns how many differ. */
static int compare(FILE *reference, const lexer_case *cases, int count) {
    static char theirs[line_size], ours[line_size];
    int differences = 0;
    for (int i = 0; i < count; i++) {
        answer(&cases[i], ours);
        if (fgets(theirs, sizeof theirs, reference) && strcmp(ours, theirs) == 0)
            continue;
        if (++differences > 5)
            continue;
        printf("# case ");
        ask(stdout, &cases[i]);
        printf("# python %s# thrum  %s", theirs, ours);
    }
    return differences;
}

static int run(const char *script, lexer_case *cases, int count) {
    char path[] = "/tmp/thrum-shlex-cases-XXXXXX", command[512];
    FILE *file = fdopen(mkstemp(path), "w");
    for (int i = 0; i < count; i++) {
        cases[i] = make_case();
        ask(file, &cases[i]);
    }
    fclose(file);
    snprintf(command, sizeof command, "exec python3 '%s' '%s'", script, path);
    FILE *reference = popen(command, "r");
    int differences = compare(reference, cases, count);
    int status = pclose(reference);
    unlink(path);
    printf("1..1\n%s 1 - %d cases, %d differ\n", differences || status ? "not ok" : "ok", count, differences);
    return differences || status;
}

int main(int argc, char **argv) {
    int count = argc > 2 ? atoi(argv[2]) : 5000;
    random_state = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    if (system("python3 -c 'import shlex' >/dev/null 2>&1") != 0) {
        puts("1..0 # SKIP no python3 here");
        return 0;
    }
    lexer_case *cases = calloc((size_t)count, sizeof *cases);
    int failed = run(argv[1], cases, count);
    free(cases);
    return failed;
}
