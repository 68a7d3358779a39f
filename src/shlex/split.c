/* split.c - the functions: split, quote and join. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrum/shlex.h>

#include "base/memory.h"

/* The words collected so far, each in a block of its own. */
typedef struct word_list {
    char **words;
    size_t count, capacity, bytes;
} word_list;

static int append(word_list *list, char *word) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 16;
        char **words = thrum__realloc(list->words, capacity * sizeof *words);
        if (!words)
            return -ENOMEM;
        list->words = words;
        list->capacity = capacity;
    }
    list->words[list->count++] = word;
    list->bytes += strlen(word) + 1;
    return 0;
}

static void free_list(word_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->words[i]);
    free(list->words);
}

/* The list as one block: the pointers, NULL, then the words. */
static int pack(const word_list *list, char ***ret_argv) {
    char **argv = thrum__malloc((list->count + 1) * sizeof *argv + list->bytes);
    if (!argv)
        return -ENOMEM;
    char *to = (char *)(argv + list->count + 1);
    for (size_t i = 0; i < list->count; i++) {
        size_t size = strlen(list->words[i]) + 1;
        argv[i] = memcpy(to, list->words[i], size);
        to += size;
    }
    argv[list->count] = NULL;
    *ret_argv = argv;
    return 0;
}

static int collect(thrum_shlex *lex, word_list *list) {
    char *word;
    int r;
    while ((r = thrum_shlex_get_token(lex, &word)) == 0) {
        r = append(list, word);
        if (r < 0) {
            free(word);
            return r;
        }
    }
    return r == THRUM_STOP_ITERATION ? 0 : r;
}

static int prepare(thrum_shlex *lex, const thrum_shlex_split_options *options) {
    thrum_shlex_set_whitespace_split(lex, true);
    return options->comments ? 0 : thrum_shlex_set_chars(lex, THRUM_SHLEX_COMMENTERS, "");
}

static int split(thrum_shlex *lex, const thrum_shlex_split_options *options, char ***ret_argv, size_t *ret_argc) {
    word_list list = {0};
    int r = prepare(lex, options);
    if (r == 0)
        r = collect(lex, &list);
    if (r == 0)
        r = pack(&list, ret_argv);
    if (r == 0 && ret_argc)
        *ret_argc = list.count;
    if ((r == THRUM_NO_CLOSING_QUOTATION || r == THRUM_NO_ESCAPED_CHARACTER) && options->place)
        *options->place = thrum_shlex_error_place(lex);
    free_list(&list);
    return r;
}

int thrum_shlex_split(const char *text, const thrum_shlex_split_options *options, char ***ret_argv,
                      size_t *ret_argc) {
    static const thrum_shlex_split_options none;
    if (!text)
        return THRUM_VALUE_ERROR;
    if (!options)
        options = &none;
    thrum_shlex *lex;
    int r = thrum_shlex_new(&lex, text, &(thrum_shlex_options){.posix = !options->non_posix});
    if (r < 0)
        return r;
    r = split(lex, options, ret_argv, ret_argc);
    thrum_shlex_free(lex);
    return r;
}

static bool is_safe(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("_@%+=:,./-", c) != NULL);
}

static bool needs_quotes(const char *text) {
    size_t length = 0;
    while (is_safe(text[length]))
        length++;
    return length == 0 || text[length] != '\0';
}

/* A quote inside quotes: close them, quote the quote in double ones, open them again. */
static const char quoted_quote[] = "'\"'\"'";

static size_t quoted_size(const char *text) {
    size_t size = strlen(text);
    if (!needs_quotes(text))
        return size;
    for (const char *c = text; *c; c++)
        size += *c == '\'' ? sizeof quoted_quote - 2 : 0;
    return size + 2;
}

/* Write `text` quoted, without an end. Returns the place behind it. */
static char *write_quoted(char *to, const char *text) {
    if (!needs_quotes(text))
        return stpcpy(to, text);
    *to++ = '\'';
    for (const char *c = text; *c; c++) {
        if (*c == '\'')
            to = stpcpy(to, quoted_quote);
        else
            *to++ = *c;
    }
    *to++ = '\'';
    return to;
}

int thrum_shlex_quote(const char *text, char **ret_quoted) {
    return thrum_shlex_join((const char *const[]){text, NULL}, ret_quoted);
}

int thrum_shlex_join(const char *const *argv, char **ret_line) {
    size_t size = 1;
    for (size_t i = 0; argv[i]; i++)
        size += quoted_size(argv[i]) + 1;
    char *line = thrum__malloc(size), *to = line;
    if (!line)
        return -ENOMEM;
    for (size_t i = 0; argv[i]; i++) {
        if (i > 0)
            *to++ = ' ';
        to = write_quoted(to, argv[i]);
    }
    *to = '\0';
    *ret_line = line;
    return 0;
}
