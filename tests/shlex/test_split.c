/* The functions: split, quote and join. */
#include <thrum/shlex.h>

#include "test.h"
#include "words.h"

static void check_words(char **argv, size_t argc, const char *const *wanted) {
    size_t n = 0;
    for (; wanted[n]; n++)
        CHECK_STR(argv[n], wanted[n]);
    CHECK_EQ(argc, n);
    CHECK(argv[n] == NULL);
}

static void check_split(const char *line, const thrum_shlex_split_options *options, const char *const *wanted) {
    char **argv;
    size_t argc;
    CHECK_EQ(thrum_shlex_split(line, options, &argv, &argc), 0);
    check_words(argv, argc, wanted);
    free(argv);
}
#define CHECK_SPLIT(line, options, ...) check_split((line), (options), (const char *const[]){__VA_ARGS__, NULL})

TEST(posix_with_comments) {
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        thrum_shlex_split_options options = {.comments = true};
        char **argv = NULL;
        size_t argc = 99;
        CHECK_EQ(thrum_shlex_split(lines[i].line, &options, &argv, &argc), lines[i].posix_result);
        if (lines[i].posix_result == 0)
            check_words(argv, argc, lines[i].posix);
        else
            CHECK(argv == NULL && argc == 99);
        free(argv);
    }
}

TEST(by_default_there_are_no_comments) {
    CHECK_SPLIT("a #b 'c'", NULL, "a", "#b", "c");
    CHECK_SPLIT("a #b 'c'", &(thrum_shlex_split_options){.comments = true}, "a");
}

TEST(not_posix) {
    thrum_shlex_split_options options = {.non_posix = true};
    CHECK_SPLIT("a 'b c'd \\e", &options, "a", "'b c'", "d", "\\e");
    CHECK_SPLIT("x''y", &options, "x''y");
}

TEST(inside_double_quotes_only_two_escapes) {
    CHECK_SPLIT("\"\\$a \\`b\\` \\\\ \\\" \\\n\"", NULL, "\\$a \\`b\\` \\ \" \\\n");
    CHECK_SPLIT("'\\a'", NULL, "\\a");
}

TEST(count_may_be_left_out) {
    char **argv;
    CHECK_EQ(thrum_shlex_split("", NULL, &argv, NULL), 0);
    CHECK(argv[0] == NULL);
    free(argv);
}

TEST(errors) {
    char **argv = NULL;
    thrum_shlex_place place = {0, 0};
    thrum_shlex_split_options options = {.place = &place};
    CHECK_EQ(thrum_shlex_split(NULL, NULL, &argv, NULL), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_shlex_split("a\nb\nc \"d\n", &options, &argv, NULL), THRUM_NO_CLOSING_QUOTATION);
    CHECK_EQ(place.lineno, 3);
    CHECK_EQ(place.offset, 6);
    CHECK_EQ(thrum_shlex_split("a \\", &options, &argv, NULL), THRUM_NO_ESCAPED_CHARACTER);
    CHECK_EQ(place.lineno, 1);
    CHECK_EQ(place.offset, 2);
    CHECK(argv == NULL);
}

TEST(many_words) {
    enum { count = 1000 };
    char line[count * 2 + 1];
    for (int i = 0; i < count; i++)
        memcpy(line + 2 * i, "w ", 3);
    char **argv;
    size_t argc;
    CHECK_EQ(thrum_shlex_split(line, NULL, &argv, &argc), 0);
    CHECK_EQ(argc, count);
    CHECK_STR(argv[count - 1], "w");
    free(argv);
}

static void check_quote(const char *text, const char *wanted) {
    char *quoted;
    CHECK_EQ(thrum_shlex_quote(text, &quoted), 0);
    CHECK_STR(quoted, wanted);
    free(quoted);
}

TEST(quote_leaves_safe_words_alone) {
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%_-+=:,./";
    check_quote(safe, safe);
}

TEST(quote_quotes_the_rest) {
    check_quote("", "''");
    check_quote("two words", "'two words'");
    for (int c = 1; c < 256; c++) {
        char text[] = {'a', (char)c, '\0'}, wanted[8];
        bool safe =
            c < 128 && (strchr("@%_-+=:,./", c) || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z'));
        snprintf(wanted, sizeof wanted, safe ? "%s" : "'%s'", text);
        check_quote(text, c == '\'' ? "'a'\"'\"''" : wanted);
    }
    check_quote("caf\u00e9", "'caf\u00e9'");
    check_quote("it's 'so'", "'it'\"'\"'s '\"'\"'so'\"'\"''");
}

static void check_join(const char *wanted, const char *const *argv) {
    char *line;
    CHECK_EQ(thrum_shlex_join(argv, &line), 0);
    CHECK_STR(line, wanted);
    free(line);
}
#define CHECK_JOIN(wanted, ...) check_join((wanted), (const char *const[]){__VA_ARGS__, NULL})

TEST(join_quotes_and_puts_spaces_between) {
    CHECK_JOIN("'x ' y", "x ", "y");
    CHECK_JOIN("x ' y'", "x", " y");
    CHECK_JOIN("x ' ' y", "x", " ", "y");
    CHECK_JOIN("'\"x' 'y\"'", "\"x", "y\"");
    CHECK_JOIN("'' ''", "", "");
    CHECK_JOIN("", NULL);
}

TEST(split_undoes_join) {
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *const *words[] = {lines[i].posix, lines[i].plain};
        for (int k = 0; k < 2; k++) {
            char *line;
            CHECK_EQ(thrum_shlex_join(words[k], &line), 0);
            check_split(line, NULL, words[k]);
            free(line);
        }
    }
}

TEST_MAIN()
