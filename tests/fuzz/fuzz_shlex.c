/* What holds for every input of the lexer:
 *   - a line that split accepts is, joined again, split into the same words;
 *   - every list of words is, joined, split into the same words;
 *   - a stream that comes in pieces gives the tokens of the same text in one. */
#include <string.h>

#include <thrum/shlex.h>

#include "fuzz.h"

const char fuzz_alphabet[] = "ab '\"\\#\n;|&\xc3\xa9\xe6\xbc\xa2$-\t";

static void free_all(char **words, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(words[i]);
    free(words);
}

static void check_same(char **left, size_t left_count, char **right, size_t right_count) {
    FUZZ_CHECK(left_count == right_count);
    for (size_t i = 0; i < left_count; i++)
        FUZZ_CHECK(strcmp(left[i], right[i]) == 0);
}

static void check_join(char **words, size_t count) {
    char *line, **again;
    size_t again_count;
    FUZZ_CHECK(thrum_shlex_join((const char *const *)words, &line) == 0);
    FUZZ_CHECK(thrum_shlex_split(line, NULL, &again, &again_count) == 0);
    check_same(words, count, again, again_count);
    free(again);
    free(line);
}

static void check_split(const char *text, bool comments, bool non_posix) {
    thrum_shlex_place place;
    thrum_shlex_split_options options = {comments, non_posix, &place};
    char **words;
    size_t count;
    int r = thrum_shlex_split(text, &options, &words, &count);
    if (r == 0) {
        check_join(words, count);
        free(words);
        return;
    }
    FUZZ_CHECK(r == THRUM_NO_CLOSING_QUOTATION || r == THRUM_NO_ESCAPED_CHARACTER);
    FUZZ_CHECK(place.offset < strlen(text));
    FUZZ_CHECK(strchr("'\"\\", text[place.offset]) != NULL);
}

/* The bytes as a list of words, cut at NUL. */
static void check_words(const char *text, size_t size) {
    char **words = malloc((size + 2) * sizeof *words);
    size_t count = 0;
    for (size_t at = 0; at <= size; at += strlen(text + at) + 1)
        words[count++] = (char *)text + at;
    words[count] = NULL;
    check_join(words, count);
    free(words);
}

typedef struct pieces {
    const char *text;
    size_t step;
} pieces;

static long read_piece(void *arg, char *buffer, size_t size) {
    pieces *p = arg;
    size_t count = strnlen(p->text, p->step < size ? p->step : size);
    memcpy(buffer, p->text, count);
    p->text += count;
    return (long)count;
}

/* All tokens of a lexer, with its last result, and free it. */
static int tokens_of(thrum_shlex *lex, bool whitespace_split, char ***ret_words, size_t *ret_count) {
    char **words = NULL, *token;
    size_t count = 0;
    int r;
    thrum_shlex_set_whitespace_split(lex, whitespace_split);
    while ((r = thrum_shlex_get_token(lex, &token)) == 0) {
        words = realloc(words, (count + 1) * sizeof *words);
        words[count++] = token;
    }
    thrum_shlex_free(lex);
    *ret_words = words;
    *ret_count = count;
    return r;
}

static void check_stream(const char *text, unsigned flags) {
    pieces p = {text, 1 + (flags >> 4) % 5};
    thrum_shlex_options options = {.posix = flags & 1, .instream = {.read = read_piece, .arg = &p}};
    options.punctuation_chars = flags & 2 ? THRUM_SHLEX_PUNCTUATION_CHARS : flags & 4 ? "\u6f22-" : NULL;
    thrum_shlex *lex;
    char **left, **right;
    size_t left_count, right_count;
    FUZZ_CHECK(thrum_shlex_new(&lex, text, &options) == 0);
    int r = tokens_of(lex, flags & 8, &left, &left_count);
    FUZZ_CHECK(thrum_shlex_new(&lex, NULL, &options) == 0);
    FUZZ_CHECK(tokens_of(lex, flags & 8, &right, &right_count) == r);
    check_same(left, left_count, right, right_count);
    free_all(left, left_count);
    free_all(right, right_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    char *text = malloc(size);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    check_split(text, data[0] & 1, data[0] & 2);
    check_words(text, size - 1);
    check_stream(text, data[0]);
    free(text);
    return 0;
}
