/* expect.h - what the tests of the class share: make a lexer, and say what comes out of it. */
#ifndef THRUM_TEST_EXPECT_H
#define THRUM_TEST_EXPECT_H

#include <thrum/shlex.h>

#include "test.h"

static inline thrum_shlex *make(const char *text, bool posix, const char *punctuation) {
    thrum_shlex *lex = NULL;
    thrum_shlex_options options = {.posix = posix, .punctuation_chars = punctuation};
    CHECK_EQ(thrum_shlex_new(&lex, text, &options), 0);
    return lex;
}

static inline void expect(thrum_shlex *lex, const char *wanted) {
    char *token = NULL;
    CHECK_EQ(thrum_shlex_get_token(lex, &token), 0);
    CHECK_STR(token, wanted);
    free(token);
}

static inline void expect_end(thrum_shlex *lex) {
    char *token = NULL;
    CHECK_EQ(thrum_shlex_get_token(lex, &token), THRUM_STOP_ITERATION);
    CHECK(token == NULL);
}

static inline void expect_error(thrum_shlex *lex, int wanted) {
    char *token = NULL;
    CHECK_EQ(thrum_shlex_get_token(lex, &token), wanted);
    CHECK(token == NULL);
}

/* All tokens, up to the end, and free the lexer. */
static inline void expect_all(thrum_shlex *lex, const char *const *wanted) {
    for (; *wanted; wanted++)
        expect(lex, *wanted);
    expect_end(lex);
    expect_end(lex);
    thrum_shlex_free(lex);
}
#define EXPECT_ALL(lex, ...) expect_all((lex), (const char *const[]){__VA_ARGS__, NULL})

#endif
