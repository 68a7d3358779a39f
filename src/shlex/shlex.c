/* shlex.c - the class: its making, its attributes, its two stacks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "shlex/lexer.h"

#define ASCII_WORDCHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
#define LATIN_WORDCHARS "ßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞ"
/* What file names and arguments are made of besides: words when punctuation is told apart from them. */
#define FILE_WORDCHARS "~-./*?="

static void index_sets(thrum_shlex *lex) {
    memset(lex->latin, 0, sizeof lex->latin);
    for (unsigned set = 0; set < THRUM_SHLEX_NUMBER_OF_SETS_; set++)
        for (size_t i = 0; i < lex->sets[set].count && lex->sets[set].points[i] < sizeof lex->latin; i++)
            lex->latin[lex->sets[set].points[i]] |= (unsigned char)(1u << set);
}

static int replace_set(thrum_shlex *lex, thrum_shlex_set set, const char *chars) {
    thrum__charset made;
    int r = thrum__charset_new(&made, chars);
    if (r < 0)
        return r;
    thrum__charset_free(&lex->sets[set]);
    lex->sets[set] = made;
    index_sets(lex);
    return 0;
}

/* Drop from `words` the characters that are in the set, in place. */
static void drop_members(char *words, const thrum__charset *set) {
    char *to = words;
    size_t left = strlen(words), length;
    for (const char *from = words; left > 0; from += length, left -= length) {
        uint32_t point = 0;
        length = thrum__utf8_decode((const unsigned char *)from, left, &point);
        if (thrum__charset_has(set, point))
            continue;
        memmove(to, from, length);
        to += length;
    }
    *to = '\0';
}

static int set_wordchars(thrum_shlex *lex) {
    char words[] = ASCII_WORDCHARS LATIN_WORDCHARS FILE_WORDCHARS;
    words[sizeof ASCII_WORDCHARS - 1] = '\0';
    if (lex->posix)
        strcat(words, LATIN_WORDCHARS);
    if (lex->sets[THRUM_SHLEX_PUNCTUATION].count > 0)
        strcat(words, FILE_WORDCHARS);
    drop_members(words, &lex->sets[THRUM_SHLEX_PUNCTUATION]);
    return replace_set(lex, THRUM_SHLEX_WORDCHARS, words);
}

static int set_defaults(thrum_shlex *lex, const char *punctuation) {
    static const char *const defaults[THRUM_SHLEX_NUMBER_OF_SETS_] = {
        [THRUM_SHLEX_WHITESPACE] = " \t\r\n", [THRUM_SHLEX_COMMENTERS] = "#",     [THRUM_SHLEX_ESCAPE] = "\\",
        [THRUM_SHLEX_QUOTES] = "'\"",         [THRUM_SHLEX_ESCAPEDQUOTES] = "\"",
    };
    int r = replace_set(lex, THRUM_SHLEX_PUNCTUATION, punctuation ? punctuation : "");
    for (unsigned set = 0; set < THRUM_SHLEX_NUMBER_OF_SETS_ && r == 0; set++)
        if (defaults[set])
            r = replace_set(lex, (thrum_shlex_set)set, defaults[set]);
    return r < 0 ? r : set_wordchars(lex);
}

static int default_sourcehook(thrum_shlex *lex, const char *newfile, void *arg) {
    (void)arg;
    return thrum_shlex_sourcehook(lex, newfile);
}

/* The source comes last: what is taken over must not be closed by a failed call. */
static int make(thrum_shlex *lex, const char *text, const thrum_shlex_options *options) {
    lex->posix = options->posix;
    lex->sourcehook = options->sourcehook ? options->sourcehook : default_sourcehook;
    lex->sourcehook_arg = options->sourcehook_arg;
    int r = set_defaults(lex, options->punctuation_chars);
    if (r < 0)
        return r;
    thrum_shlex_stream stream = options->instream.read ? options->instream : thrum_shlex_file(stdin);
    lex->source = thrum__source_new(text, stream, options->infile);
    return lex->source ? 0 : -ENOMEM;
}

int thrum_shlex_new(thrum_shlex **ret_lex, const char *text, const thrum_shlex_options *options) {
    static const thrum_shlex_options none;
    thrum_shlex *lex = thrum__calloc(1, sizeof *lex);
    int r = lex ? make(lex, text, options ? options : &none) : -ENOMEM;
    if (r < 0)
        thrum_shlex_free(lex);
    else
        *ret_lex = lex;
    return r;
}

static thrum__pushed *free_pushed(thrum__pushed *node) {
    thrum__pushed *below = node->below;
    free(node->text);
    free(node);
    return below;
}

thrum_shlex *thrum_shlex_free(thrum_shlex *lex) {
    if (!lex)
        return NULL;
    while (lex->source)
        lex->source = thrum__source_free(lex->source);
    while (lex->pushed)
        lex->pushed = free_pushed(lex->pushed);
    if (lex->spare)
        free_pushed(lex->spare);
    for (unsigned set = 0; set < THRUM_SHLEX_NUMBER_OF_SETS_; set++)
        thrum__charset_free(&lex->sets[set]);
    free(lex->word);
    free(lex->token);
    free(lex);
    return NULL;
}

void thrum__pushed_add(thrum_shlex *lex, thrum__pushed *node, char *text) {
    *node = (thrum__pushed){lex->pushed, text};
    lex->pushed = node;
}

int thrum_shlex_push_token(thrum_shlex *lex, const char *token) {
    thrum__pushed *node = thrum__malloc(sizeof *node);
    char *text = thrum__strdup(token);
    if (!node || !text) {
        free(node);
        free(text);
        return -ENOMEM;
    }
    thrum__pushed_add(lex, node, text);
    return 0;
}

static char *pop_token(thrum_shlex *lex) {
    thrum__pushed *node = lex->pushed;
    char *text = node->text;
    lex->pushed = node->below;
    free(node);
    return text;
}

static int push(thrum_shlex *lex, const char *text, thrum_shlex_stream stream, const char *infile) {
    thrum__source *source = thrum__source_new(text, stream, infile);
    if (!source)
        return -ENOMEM;
    source->below = lex->source;
    lex->source = source;
    if (lex->state == AT_END) /* the end was that of the source below */
        lex->state = IN_SPACE;
    return 0;
}

int thrum_shlex_push_source(thrum_shlex *lex, const char *text, const char *infile) {
    return push(lex, text, (thrum_shlex_stream){0}, infile);
}

int thrum_shlex_push_stream(thrum_shlex *lex, thrum_shlex_stream stream, const char *infile) {
    return push(lex, NULL, stream, infile);
}

int thrum_shlex_pop_source(thrum_shlex *lex) {
    if (!lex->source->below)
        return THRUM_RUNTIME_ERROR;
    lex->source = thrum__source_free(lex->source);
    lex->state = IN_SPACE;
    lex->length = 0;
    lex->quoted = false;
    return 0;
}

/* `name` without its double quotes, in the directory of `infile` if it is relative. NULL: no memory. */
static char *include_path(const char *name, const char *infile) {
    size_t length = strlen(name);
    if (name[0] == '"') {
        name++;
        length -= length > 1 ? 2 : 1;
    }
    const char *slash = infile && name[0] != '/' ? strrchr(infile, '/') : NULL;
    size_t prefix = slash ? (size_t)(slash - infile) + 1 : 0;
    char *path = thrum__malloc(prefix + length + 1);
    if (!path)
        return NULL;
    memcpy(path, infile ? infile : "", prefix);
    memcpy(path + prefix, name, length);
    path[prefix + length] = '\0';
    return path;
}

int thrum_shlex_sourcehook(thrum_shlex *lex, const char *newfile) {
    char *path = include_path(newfile, lex->source->infile);
    if (!path)
        return -ENOMEM;
    FILE *file = fopen(path, "re");
    int r = file ? thrum_shlex_push_stream(lex, thrum_shlex_file(file), path) : -errno;
    if (r < 0 && file)
        fclose(file);
    free(path);
    return r;
}

/* The word `source` was read: the file name follows, which the hook makes a source of. */
static int include(thrum_shlex *lex) {
    char *name;
    int r = thrum_shlex_read_token(lex, &name);
    if (r < 0 && r != THRUM_STOP_ITERATION)
        return r;
    lex->including = false;
    if (r < 0)
        return THRUM_EOF_ERROR;
    r = lex->sourcehook(lex, name, lex->sourcehook_arg);
    free(name);
    return r;
}

/* One reading: 1 with a token, 0 when there is more to do first, or a negative result. */
static int advance(thrum_shlex *lex, char **ret_token) {
    if (lex->including)
        return include(lex);
    if (lex->pushed) {
        *ret_token = pop_token(lex);
        return 1;
    }
    int r = thrum_shlex_read_token(lex, ret_token);
    if (r == THRUM_STOP_ITERATION && lex->source->below)
        return thrum_shlex_pop_source(lex);
    if (r < 0)
        return r;
    if (!lex->word || strcmp(*ret_token, lex->word) != 0)
        return 1;
    free(*ret_token);
    lex->including = true;
    return 0;
}

int thrum_shlex_get_token(thrum_shlex *lex, char **ret_token) {
    char *token;
    int r;
    while ((r = advance(lex, &token)) == 0)
        ;
    if (r < 0)
        return r;
    *ret_token = token;
    return 0;
}

int thrum_shlex_error_leader(const thrum_shlex *lex, const char *infile, size_t lineno, char *buffer, size_t size) {
    const char *own = lex->source->infile ? lex->source->infile : "None";
    return snprintf(buffer, size, "\"%s\", line %zu: ", infile ? infile : own,
                    lineno ? lineno : lex->source->place.lineno);
}

thrum_shlex_place thrum_shlex_error_place(const thrum_shlex *lex) {
    bool open = lex->state == IN_QUOTE || lex->state == IN_ESCAPE || lex->state == IN_QUOTED_ESCAPE;
    return open ? lex->opened : (thrum_shlex_place){0, 0};
}

const char *thrum_shlex_chars(const thrum_shlex *lex, thrum_shlex_set set) {
    return (unsigned)set < THRUM_SHLEX_NUMBER_OF_SETS_ ? lex->sets[set].text : NULL;
}

int thrum_shlex_set_chars(thrum_shlex *lex, thrum_shlex_set set, const char *chars) {
    if ((unsigned)set >= THRUM_SHLEX_NUMBER_OF_SETS_ || set == THRUM_SHLEX_PUNCTUATION)
        return THRUM_VALUE_ERROR;
    return replace_set(lex, set, chars);
}

bool thrum_shlex_whitespace_split(const thrum_shlex *lex) {
    return lex->whitespace_split;
}

void thrum_shlex_set_whitespace_split(thrum_shlex *lex, bool on) {
    lex->whitespace_split = on;
}

static int replace_text(char **to, const char *text) {
    char *copy = text ? thrum__strdup(text) : NULL;
    if (text && !copy)
        return -ENOMEM;
    free(*to);
    *to = copy;
    return 0;
}

const char *thrum_shlex_source(const thrum_shlex *lex) {
    return lex->word;
}

int thrum_shlex_set_source(thrum_shlex *lex, const char *word) {
    return replace_text(&lex->word, word);
}

const char *thrum_shlex_infile(const thrum_shlex *lex) {
    return lex->source->infile;
}

int thrum_shlex_set_infile(thrum_shlex *lex, const char *infile) {
    return replace_text(&lex->source->infile, infile);
}

size_t thrum_shlex_lineno(const thrum_shlex *lex) {
    return lex->source->place.lineno;
}

void thrum_shlex_set_lineno(thrum_shlex *lex, size_t lineno) {
    lex->source->place.lineno = lineno;
}

const char *thrum_shlex_token(const thrum_shlex *lex) {
    if (lex->length == 0)
        return "";
    lex->token[lex->length] = '\0'; /* room for it is always there: see reserve() */
    return lex->token;
}
