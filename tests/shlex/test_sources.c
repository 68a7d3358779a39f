/* The class: where it reads from. Pushed tokens and sources, streams, inclusion, lines. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "expect.h"

TEST(pushed_tokens_come_first_and_last_first) {
    thrum_shlex *lex = make("a b", false, NULL);
    CHECK_EQ(thrum_shlex_push_token(lex, "x"), 0);
    CHECK_EQ(thrum_shlex_push_token(lex, "two words"), 0);
    CHECK_EQ(thrum_shlex_push_token(lex, ""), 0);
    expect(lex, "");
    expect(lex, "two words");
    char *token;
    CHECK_EQ(thrum_shlex_read_token(lex, &token), 0);
    CHECK_STR(token, "a");
    free(token);
    EXPECT_ALL(lex, "x", "b");
}

TEST(pushed_tokens_left_over_are_freed) {
    thrum_shlex *lex = make("a", false, NULL);
    CHECK_EQ(thrum_shlex_push_token(lex, "x"), 0);
    CHECK(thrum_shlex_free(lex) == NULL);
    CHECK(thrum_shlex_free(NULL) == NULL);
}

TEST(lines_are_counted) {
    thrum_shlex *lex = make("a\n# one\nb 'c\nd' # two\n# three", true, NULL);
    CHECK_EQ(thrum_shlex_lineno(lex), 1);
    expect(lex, "a");
    CHECK_EQ(thrum_shlex_lineno(lex), 2);
    expect(lex, "b");
    CHECK_EQ(thrum_shlex_lineno(lex), 3);
    expect(lex, "c\nd");
    CHECK_EQ(thrum_shlex_lineno(lex), 4);
    expect_end(lex);
    CHECK_EQ(thrum_shlex_lineno(lex), 6);
    thrum_shlex_set_lineno(lex, 40);
    CHECK_EQ(thrum_shlex_lineno(lex), 40);
    thrum_shlex_free(lex);
}

TEST(errors_know_their_place) {
    thrum_shlex *lex = make("a\nb 'cd\ne", true, NULL);
    expect(lex, "a");
    expect(lex, "b");
    CHECK_EQ(thrum_shlex_error_place(lex).lineno, 0);
    expect_error(lex, THRUM_NO_CLOSING_QUOTATION);
    expect_error(lex, THRUM_NO_CLOSING_QUOTATION);
    CHECK_EQ(thrum_shlex_error_place(lex).lineno, 2);
    CHECK_EQ(thrum_shlex_error_place(lex).offset, 4);
    CHECK_EQ(thrum_shlex_lineno(lex), 3);
    CHECK_STR(thrum_shlex_token(lex), "cd\ne");
    CHECK_STR(thrum_strerror(THRUM_NO_CLOSING_QUOTATION), "No closing quotation");
    CHECK_STR(thrum_error_name(THRUM_NO_CLOSING_QUOTATION), "ValueError");
    thrum_shlex_free(lex);
}

TEST(an_escape_at_the_end_is_an_error) {
    thrum_shlex *lex = make("ab\\", true, NULL);
    expect_error(lex, THRUM_NO_ESCAPED_CHARACTER);
    CHECK_EQ(thrum_shlex_error_place(lex).offset, 2);
    thrum_shlex_free(lex);
    lex = make("\"ab\\", true, NULL);
    expect_error(lex, THRUM_NO_ESCAPED_CHARACTER);
    CHECK_EQ(thrum_shlex_error_place(lex).offset, 3);
    CHECK_STR(thrum_strerror(THRUM_NO_ESCAPED_CHARACTER), "No escaped character");
    thrum_shlex_free(lex);
}

TEST(a_pushed_source_goes_on_with_an_open_quotation) {
    thrum_shlex *lex = make("'ab", true, NULL);
    expect_error(lex, THRUM_NO_CLOSING_QUOTATION);
    CHECK_EQ(thrum_shlex_push_source(lex, "cd' e", NULL), 0);
    EXPECT_ALL(lex, "abcd", "e");
}

TEST(error_leader_is_a_compilers) {
    thrum_shlex *lex;
    char text[64];
    CHECK_EQ(thrum_shlex_new(&lex, "a\nb", &(thrum_shlex_options){.infile = "conf"}), 0);
    expect(lex, "a");
    CHECK_EQ(thrum_shlex_error_leader(lex, NULL, 0, text, sizeof text), 16);
    CHECK_STR(text, "\"conf\", line 2: ");
    thrum_shlex_error_leader(lex, "other", 17, text, sizeof text);
    CHECK_STR(text, "\"other\", line 17: ");
    CHECK_EQ(thrum_shlex_error_leader(lex, NULL, 0, text, 5), 16);
    CHECK_STR(text, "\"con");
    CHECK_EQ(thrum_shlex_set_infile(lex, NULL), 0);
    thrum_shlex_error_leader(lex, NULL, 0, text, sizeof text);
    CHECK_STR(text, "\"None\", line 2: ");
    thrum_shlex_free(lex);
}

TEST(pushed_source_is_read_first) {
    thrum_shlex *lex = make("a\nb", false, NULL);
    CHECK_EQ(thrum_shlex_set_infile(lex, "outer"), 0);
    expect(lex, "a");
    CHECK_EQ(thrum_shlex_push_source(lex, "x y", "inner"), 0);
    CHECK_STR(thrum_shlex_infile(lex), "inner");
    CHECK_EQ(thrum_shlex_lineno(lex), 1);
    expect(lex, "x");
    expect(lex, "y");
    expect(lex, "b");
    CHECK_STR(thrum_shlex_infile(lex), "outer");
    CHECK_EQ(thrum_shlex_lineno(lex), 2);
    expect_end(lex);
    thrum_shlex_free(lex);
}

TEST(a_source_pushed_after_the_end_is_read) {
    thrum_shlex *lex = make("a", false, NULL);
    expect(lex, "a");
    expect_end(lex);
    CHECK_EQ(thrum_shlex_push_source(lex, "b", NULL), 0);
    EXPECT_ALL(lex, "b");
}

TEST(pop_source_goes_back) {
    thrum_shlex *lex = make("a b", true, NULL);
    CHECK_EQ(thrum_shlex_pop_source(lex), THRUM_RUNTIME_ERROR);
    expect(lex, "a");
    CHECK_EQ(thrum_shlex_push_source(lex, "x 'y", NULL), 0);
    expect(lex, "x");
    expect_error(lex, THRUM_NO_CLOSING_QUOTATION);
    CHECK_EQ(thrum_shlex_pop_source(lex), 0);
    EXPECT_ALL(lex, "b");
}

/* A stream that gives its text a few bytes at a time, and fails once in between. */
typedef struct trickle {
    const char *text;
    size_t at, step, fail_at;
    int closed;
} trickle;

static long trickle_read(void *arg, char *buffer, size_t size) {
    trickle *t = arg;
    if (t->fail_at > 0 && t->at >= t->fail_at) {
        t->fail_at = 0;
        return -EIO;
    }
    size_t left = strlen(t->text) - t->at, count = left < t->step ? left : t->step;
    CHECK_LE(count, size);
    memcpy(buffer, t->text + t->at, count);
    t->at += count;
    return (long)count;
}

static void trickle_close(void *arg) {
    ((trickle *)arg)->closed++;
}

TEST(a_stream_is_read_in_pieces_of_any_size) {
    for (size_t step = 1; step < 9; step++) {
        trickle t = {"a '\u6f22\U0001f600b' \xe6\xbc", 0, step, 0, 0};
        thrum_shlex_options options = {.posix = true, .instream = {trickle_read, trickle_close, &t}};
        thrum_shlex *lex;
        CHECK_EQ(thrum_shlex_new(&lex, NULL, &options), 0);
        EXPECT_ALL(lex, "a", "\u6f22\U0001f600b", "\xe6", "\xbc");
        CHECK_EQ(t.closed, 1);
    }
}

TEST(a_stream_that_fails_can_be_tried_again) {
    for (size_t fail_at = 1; fail_at < 12; fail_at++) {
        trickle t = {"ab 'c d'#x\ne", 0, 1, fail_at, 0};
        thrum_shlex *lex = make("", true, NULL);
        CHECK_EQ(thrum_shlex_push_stream(lex, (thrum_shlex_stream){trickle_read, NULL, &t}, NULL), 0);
        char *tokens[3], *token;
        int failures = 0, count = 0, r;
        while ((r = thrum_shlex_get_token(lex, &token)) != THRUM_STOP_ITERATION) {
            if (r == 0)
                tokens[count++] = token;
            failures += r == -EIO;
        }
        CHECK_EQ(failures, 1);
        CHECK_EQ(count, 3);
        CHECK_STR(tokens[0], "ab");
        CHECK_STR(tokens[1], "c d");
        CHECK_STR(tokens[2], "e");
        for (int i = 0; i < count; i++)
            free(tokens[i]);
        thrum_shlex_free(lex);
    }
}

static long nul_read(void *arg, char *buffer, size_t size) {
    (void)arg;
    (void)size;
    memcpy(buffer, "a \0b", 4);
    return 4;
}

TEST(a_nul_byte_is_refused) {
    thrum_shlex *lex = make("", true, NULL);
    CHECK_EQ(thrum_shlex_push_stream(lex, (thrum_shlex_stream){.read = nul_read}, NULL), 0);
    expect(lex, "a");
    expect_error(lex, THRUM_VALUE_ERROR);
    expect_error(lex, THRUM_VALUE_ERROR);
    thrum_shlex_free(lex);
}

TEST(the_standard_input_is_the_default_source) {
    FILE *file = tmpfile();
    fputs("from 'the input'\n", file);
    rewind(file);
    CHECK_EQ(dup2(fileno(file), 0), 0);
    fclose(file);
    thrum_shlex *lex = make(NULL, true, NULL);
    EXPECT_ALL(lex, "from", "the input");
    CHECK_EQ(fcntl(0, F_GETFD), 0);
}

/* A directory with files, for inclusion. */
static char directory[] = "/tmp/thrum-shlex-XXXXXX";

static void write_file(const char *name, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static void remove_file(const char *name) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    CHECK_EQ(unlink(path), 0);
}

static thrum_shlex *make_including(const char *text, bool posix) {
    char main_path[128];
    snprintf(main_path, sizeof main_path, "%s/main", directory);
    thrum_shlex *lex;
    CHECK_EQ(thrum_shlex_new(&lex, text, &(thrum_shlex_options){.infile = main_path, .posix = posix}), 0);
    CHECK_EQ(thrum_shlex_set_source(lex, "source"), 0);
    CHECK_STR(thrum_shlex_source(lex), "source");
    return lex;
}

TEST(inclusion_is_relative_to_the_including_file) {
    CHECK(mkdtemp(directory) != NULL);
    write_file("one", "x source \"two\" y");
    write_file("two", "deep");
    EXPECT_ALL(make_including("a source \"one\" b", false), "a", "x", "deep", "y", "b");
    EXPECT_ALL(make_including("a source 'one'", true), "a", "x", "deep", "y");
    thrum_shlex *lex = make_including("source nothing b", true);
    expect_error(lex, -ENOENT);
    EXPECT_ALL(lex, "b");
    remove_file("one");
    remove_file("two");
    CHECK_EQ(rmdir(directory), 0);
}

TEST(inclusion_of_an_absolute_name) {
    CHECK(mkdtemp(directory) != NULL);
    write_file("one", "x");
    char text[128];
    snprintf(text, sizeof text, "source '%s/one' a", directory);
    thrum_shlex *lex = make(text, true, NULL);
    CHECK_EQ(thrum_shlex_set_source(lex, "source"), 0);
    EXPECT_ALL(lex, "x", "a");
    lex = make("source '.' a", true, NULL);
    CHECK_EQ(thrum_shlex_set_source(lex, "source"), 0);
    expect_error(lex, -EISDIR);
    thrum_shlex_free(lex);
    remove_file("one");
    CHECK_EQ(rmdir(directory), 0);
}

TEST(inclusion_without_a_name) {
    thrum_shlex *lex = make("a source", true, NULL);
    CHECK_EQ(thrum_shlex_set_source(lex, "source"), 0);
    expect(lex, "a");
    expect_error(lex, THRUM_EOF_ERROR);
    CHECK_EQ(thrum_shlex_set_source(lex, NULL), 0);
    CHECK(thrum_shlex_source(lex) == NULL);
    expect_end(lex);
    thrum_shlex_free(lex);
}

static int own_hook(thrum_shlex *lex, const char *newfile, void *arg) {
    ++*(int *)arg;
    if (strcmp(newfile, "nothing") == 0)
        return 0;
    return strcmp(newfile, "bad") == 0 ? THRUM_KEY_ERROR : thrum_shlex_push_source(lex, "1 2", newfile);
}

TEST(a_hook_of_ones_own) {
    int calls = 0;
    thrum_shlex_options options = {.posix = true, .sourcehook = own_hook, .sourcehook_arg = &calls};
    thrum_shlex *lex;
    CHECK_EQ(thrum_shlex_new(&lex, "get bad a get nothing b get 'some thing' c", &options), 0);
    CHECK_EQ(thrum_shlex_set_source(lex, "get"), 0);
    expect_error(lex, THRUM_KEY_ERROR);
    expect(lex, "a");
    expect(lex, "b");
    expect(lex, "1");
    CHECK_STR(thrum_shlex_infile(lex), "some thing");
    EXPECT_ALL(lex, "2", "c");
    CHECK_EQ(calls, 3);
}

TEST_MAIN()
