/* Every allocation fails once: the call says so, nothing is lost, and what can be repeated can be repeated. */
#include <thrum/shlex.h>

#include "fault.h"
#include "test.h"

static void check_split(const char *line, const thrum_shlex_split_options *options) {
    size_t n = 1;
    for (;; n++) {
        char **argv = NULL;
        fault_arm(n);
        int r = thrum_shlex_split(line, options, &argv, NULL);
        if (!fault_disarm()) {
            CHECK_EQ(r, 0);
            free(argv);
            break;
        }
        CHECK_EQ(r, -ENOMEM);
        CHECK(argv == NULL);
        CHECK_EQ(fault_live(), 0);
    }
    CHECK_GT(n, 10);
}

TEST(split) {
    check_split("a 'b c' a-very-long-word-that-makes-the-buffer-grow-more-than-once-on-its-way-to-the-end", NULL);
    check_split("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 # 19", &(thrum_shlex_split_options){.comments = true});
    CHECK_EQ(fault_live(), 0);
}

TEST(quote_and_join) {
    char *text = NULL;
    fault_arm(1);
    CHECK_EQ(thrum_shlex_quote("a b", &text), -ENOMEM);
    CHECK(fault_disarm());
    fault_arm(1);
    CHECK_EQ(thrum_shlex_join((const char *const[]){"a", "b", NULL}, &text), -ENOMEM);
    CHECK(fault_disarm());
    CHECK(text == NULL);
}

static int closed;
static void count_close(void *arg) {
    (void)arg;
    closed++;
}
static long read_nothing(void *arg, char *buffer, size_t size) {
    (void)arg, (void)buffer, (void)size;
    return 0;
}

TEST(a_failed_new_leaves_the_stream_with_the_caller) {
    thrum_shlex_options options = {.infile = "f", .instream = {read_nothing, count_close, NULL}};
    for (size_t n = 1;; n++) {
        thrum_shlex *lex = NULL;
        fault_arm(n);
        int r = thrum_shlex_new(&lex, NULL, &options);
        if (!fault_disarm()) {
            CHECK_EQ(r, 0);
            thrum_shlex_free(lex);
            break;
        }
        CHECK_EQ(r, -ENOMEM);
        CHECK(lex == NULL);
        CHECK_EQ(closed, 0);
        CHECK_EQ(fault_live(), 0);
    }
    CHECK_EQ(closed, 1);
    CHECK_EQ(fault_live(), 0);
}

/* Read everything, repeating each call that fails. Returns the tokens with a bar after each. */
static void read_all(thrum_shlex *lex, size_t n, char *ret_text, int *ret_failures) {
    char *token;
    int r;
    fault_arm(n);
    while ((r = thrum_shlex_get_token(lex, &token)) != THRUM_STOP_ITERATION) {
        CHECK(r == 0 || r == -ENOMEM);
        *ret_failures += r != 0;
        if (r == 0) {
            ret_text = stpcpy(stpcpy(ret_text, token), "|");
            free(token);
        }
    }
}

static int hook(thrum_shlex *lex, const char *newfile, void *arg) {
    (void)arg;
    return thrum_shlex_push_source(lex, "in", newfile);
}

static thrum_shlex *make(const char *text, const char *punctuation) {
    thrum_shlex *lex = NULL;
    thrum_shlex_options options = {.posix = true, .punctuation_chars = punctuation, .sourcehook = hook};
    CHECK_EQ(thrum_shlex_new(&lex, text, &options), 0);
    CHECK_EQ(thrum_shlex_set_source(lex, "get"), 0);
    return lex;
}

/* The tokens are the same whichever allocation failed: `lost` is what may be missing when an inclusion did. */
static void check_repeatable(const char *text, const char *punctuation, const char *wanted, const char *lost) {
    size_t n = 1;
    for (bool fired = true; fired; n++) {
        thrum_shlex *lex = make(text, punctuation);
        char tokens[512] = "";
        int failures = 0;
        read_all(lex, n, tokens, &failures);
        fired = fault_disarm();
        CHECK_EQ(failures, fired);
        if (!fired || !lost || strcmp(tokens, lost) != 0)
            CHECK_STR(tokens, wanted);
        thrum_shlex_free(lex);
        CHECK_EQ(fault_live(), 0);
    }
    CHECK_GT(n, 6);
}

TEST(a_failed_read_can_be_repeated) {
    static const char line[] = "a;b# note\n'c d' e\\f \"x\\\"\" very_long_word_that_needs_much_room_in_here";
    static const char wanted[] = "a|;|b|c d|ef|x\"|very_long_word_that_needs_much_room_in_here|";
    check_repeatable(line, NULL, wanted, NULL);
    check_repeatable(line, THRUM_SHLEX_PUNCTUATION_CHARS, wanted, NULL);
}

TEST(a_failed_inclusion_is_reported_once) {
    check_repeatable("a get 'f' b", NULL, "a|in|b|", "a|b|");
}

TEST(a_failed_attribute_stays_as_it_was) {
    thrum_shlex *lex = make("", NULL);
    for (size_t n = 1; n <= 2; n++) {
        fault_arm(n);
        CHECK_EQ(thrum_shlex_set_chars(lex, THRUM_SHLEX_QUOTES, "x"), -ENOMEM);
        CHECK(fault_disarm());
        fault_arm(n);
        CHECK_EQ(thrum_shlex_push_token(lex, "x"), -ENOMEM);
        CHECK(fault_disarm());
        fault_arm(n);
        CHECK_EQ(thrum_shlex_push_source(lex, "x", NULL), -ENOMEM);
        CHECK(fault_disarm());
    }
    fault_arm(1);
    CHECK_EQ(thrum_shlex_set_source(lex, "x"), -ENOMEM);
    CHECK_EQ(thrum_shlex_sourcehook(lex, "/dev/null"), 0);
    CHECK(fault_disarm());
    CHECK_STR(thrum_shlex_chars(lex, THRUM_SHLEX_QUOTES), "'\"");
    CHECK_STR(thrum_shlex_source(lex), "get");
    thrum_shlex_free(lex);
    CHECK_EQ(fault_live(), 0);
}

TEST_MAIN()
