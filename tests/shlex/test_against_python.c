/* The same generated input through CPython's shlex and through this one, token for token. */
#include <thrum/shlex.h>

#include "against_python.h"

enum { posix = 1, whitespace_split = 2, standard_punctuation = 4, own_punctuation = 8 };

typedef struct lexer_case {
    unsigned flags;
    const char *whitespace, *wordchars; /* NULL: the default */
    char text[256];
} lexer_case;

/* What a case is made of: the pieces that the syntax looks at, letters, and bytes that are not UTF-8. */
static const char *const pieces[] = {"a",          "b",    "Z",    "7",    "_",      " ",    " ",  "\t",     "\n",
                                     "\r",         "'",    "\"",   "'",    "\"",     "\\",   "\\", "#",      ";",
                                     "|",          "&&",   ">",    "(",    "-",      ".",    "$x", "\u00e9", "\u00d7",
                                     "\U0001f600", "\xff", "\xc3", "word", "\u6f22", "='x'", ",",  "\f",     "~"};

static void make_case(void *made) {
    static const char *const whitespaces[] = {NULL, NULL, NULL, " \n", "\n|", "\n, \u00e9"};
    static const char *const words[] = {NULL, NULL, NULL, "abc", "ab'\\", "\u6f22#a;"};
    static const unsigned punctuations[] = {0, standard_punctuation, own_punctuation};
    lexer_case *lexer = made;
    lexer->whitespace = whitespaces[below(6)];
    lexer->wordchars = words[below(6)];
    lexer->flags = below(4) | punctuations[below(3)];
    for (unsigned i = below(24); i > 0; i--)
        strcat(lexer->text, pieces[below(sizeof pieces / sizeof pieces[0])]);
}

static void ask(FILE *to, const void *asked) {
    const lexer_case *lexer = asked;
    const char *sets[] = {lexer->whitespace, lexer->wordchars};
    fprintf(to, "%u", lexer->flags);
    for (int i = 0; i < 2; i++) {
        fputs(sets[i] ? " " : " -", to);
        if (sets[i])
            print_hex(to, sets[i], strlen(sets[i]));
    }
    fputs(" =", to);
    print_hex(to, lexer->text, strlen(lexer->text));
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
static void answer(FILE *to, const void *asked) {
    thrum_shlex *lex = make_lexer(asked);
    char *token;
    int r;
    while ((r = thrum_shlex_get_token(lex, &token)) == 0) {
        fputc('=', to);
        print_hex(to, token, strlen(token));
        fputc(' ', to);
        free(token);
    }
    fprintf(to, "%zu %s", thrum_shlex_lineno(lex), r == THRUM_STOP_ITERATION ? "end" : thrum_strerror(r));
    thrum_shlex_free(lex);
}

int main(int argc, char **argv) {
    static const against_python test = {sizeof(lexer_case), make_case, ask, answer, 8};
    return against_python_main(&test, 5000, argc, argv);
}
