/* lexer.c - the lexer itself, as a table.
 *
 * A character has a class, which depends on the sets that it is in and on the state. The table says, for each state
 * and class, what is done with the character and which state follows. Posix and the older syntax have a table each.
 *
 * A step either happens or does not: room for everything that it may store is made before the character is taken, so
 * a call that failed for want of memory, or because the stream did, can be repeated.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "shlex/lexer.h"

typedef enum lexer_class { END, SPACE, COMMENT, ESCAPE, WORD, PUNCTUATION, QUOTE, OTHER, LEXER_CLASSES } lexer_class;

/* What a step does, in this order. */
enum lexer_action {
    KEEP = 1,   /* add the escape that was held: it escaped nothing */
    ADD = 2,    /* add the character to the token */
    OPEN = 4,   /* remember the quote, and its place */
    HOLD = 8,   /* remember the escape, and its place */
    BACK = 16,  /* the character belongs to the next token */
    COUNT = 32, /* a comment that ends with its source counts as a line */
    EMIT = 64,  /* the token is complete */
    FAIL = 128, /* the source ended too early: the state stays as it is */
};

typedef struct step {
    unsigned char actions, next;
} step;

/* In comments SPACE is the newline, in quotes QUOTE is the one that closes it, and after an escape inside quotes
 * ESCAPE is what may be escaped there. A class that a row leaves out cannot occur in that state. */
static const step posix_table[LEXER_STATES][LEXER_CLASSES] = {
    [IN_SPACE] = {[END] = {EMIT, AT_END},
                  [SPACE] = {0, IN_SPACE},
                  [COMMENT] = {0, IN_COMMENT},
                  [ESCAPE] = {HOLD, IN_ESCAPE},
                  [WORD] = {ADD, IN_WORD},
                  [PUNCTUATION] = {ADD, IN_PUNCTUATION},
                  [QUOTE] = {OPEN, IN_QUOTE},
                  [OTHER] = {ADD | EMIT, IN_SPACE}},
    [IN_WORD] = {[END] = {EMIT, AT_END},
                 [SPACE] = {EMIT, IN_SPACE},
                 [COMMENT] = {0, IN_WORD_COMMENT},
                 [ESCAPE] = {HOLD, IN_ESCAPE},
                 [WORD] = {ADD, IN_WORD},
                 [PUNCTUATION] = {BACK | EMIT, IN_SPACE},
                 [QUOTE] = {OPEN, IN_QUOTE},
                 [OTHER] = {BACK | EMIT, IN_SPACE}},
    [IN_PUNCTUATION] = {[END] = {EMIT, AT_END},
                        [SPACE] = {EMIT, IN_SPACE},
                        [COMMENT] = {0, IN_WORD_COMMENT},
                        [ESCAPE] = {BACK | EMIT, IN_SPACE},
                        [WORD] = {BACK | EMIT, IN_SPACE},
                        [PUNCTUATION] = {ADD, IN_PUNCTUATION},
                        [QUOTE] = {BACK | EMIT, IN_SPACE},
                        [OTHER] = {BACK | EMIT, IN_SPACE}},
    [IN_QUOTE] = {[END] = {FAIL, IN_QUOTE},
                  [ESCAPE] = {HOLD, IN_QUOTED_ESCAPE},
                  [QUOTE] = {0, IN_WORD},
                  [OTHER] = {ADD, IN_QUOTE}},
    [IN_ESCAPE] = {[END] = {FAIL, IN_ESCAPE}, [OTHER] = {ADD, IN_WORD}},
    [IN_QUOTED_ESCAPE] =
        {[END] = {FAIL, IN_QUOTED_ESCAPE}, [ESCAPE] = {ADD, IN_QUOTE}, [OTHER] = {KEEP | ADD, IN_QUOTE}},
    [IN_COMMENT] = {[END] = {COUNT, IN_SPACE}, [SPACE] = {0, IN_SPACE}, [OTHER] = {0, IN_COMMENT}},
    [IN_WORD_COMMENT] =
        {[END] = {COUNT | EMIT, IN_SPACE}, [SPACE] = {EMIT, IN_SPACE}, [OTHER] = {0, IN_WORD_COMMENT}},
    [AT_END] = {[END] = {EMIT, AT_END}},
};

static const step plain_table[LEXER_STATES][LEXER_CLASSES] = {
    [IN_SPACE] = {[END] = {EMIT, AT_END},
                  [SPACE] = {0, IN_SPACE},
                  [COMMENT] = {0, IN_COMMENT},
                  [WORD] = {ADD, IN_WORD},
                  [PUNCTUATION] = {ADD, IN_PUNCTUATION},
                  [QUOTE] = {ADD | OPEN, IN_QUOTE},
                  [OTHER] = {ADD | EMIT, IN_SPACE}},
    [IN_WORD] = {[END] = {EMIT, AT_END},
                 [SPACE] = {EMIT, IN_SPACE},
                 [COMMENT] = {0, IN_WORD_COMMENT},
                 [WORD] = {ADD, IN_WORD},
                 [PUNCTUATION] = {BACK | EMIT, IN_SPACE},
                 [QUOTE] = {ADD, IN_WORD},
                 [OTHER] = {BACK | EMIT, IN_SPACE}},
    [IN_PUNCTUATION] = {[END] = {EMIT, AT_END},
                        [SPACE] = {EMIT, IN_SPACE},
                        [COMMENT] = {0, IN_PUNCTUATION_COMMENT},
                        [WORD] = {BACK | EMIT, IN_SPACE},
                        [PUNCTUATION] = {ADD, IN_PUNCTUATION},
                        [QUOTE] = {BACK | EMIT, IN_SPACE},
                        [OTHER] = {BACK | EMIT, IN_SPACE}},
    [IN_QUOTE] = {[END] = {FAIL, IN_QUOTE}, [QUOTE] = {ADD | EMIT, IN_SPACE}, [OTHER] = {ADD, IN_QUOTE}},
    [IN_COMMENT] = {[END] = {COUNT, IN_SPACE}, [SPACE] = {0, IN_SPACE}, [OTHER] = {0, IN_COMMENT}},
    [IN_WORD_COMMENT] = {[END] = {COUNT, IN_WORD}, [SPACE] = {0, IN_WORD}, [OTHER] = {0, IN_WORD_COMMENT}},
    [IN_PUNCTUATION_COMMENT] =
        {[END] = {COUNT, IN_PUNCTUATION}, [SPACE] = {0, IN_PUNCTUATION}, [OTHER] = {0, IN_PUNCTUATION_COMMENT}},
    [AT_END] = {[END] = {EMIT, AT_END}},
};

/* A set and the class that it gives. */
typedef struct rank {
    thrum_shlex_set set;
    lexer_class class;
} rank;

enum { ranks = 6 };

/* Sets may overlap: the first one that has the character decides. The order depends on the state. */
static const rank begin_ranks[ranks] = {
    {THRUM_SHLEX_WHITESPACE, SPACE}, {THRUM_SHLEX_COMMENTERS, COMMENT},      {THRUM_SHLEX_ESCAPE, ESCAPE},
    {THRUM_SHLEX_WORDCHARS, WORD},   {THRUM_SHLEX_PUNCTUATION, PUNCTUATION}, {THRUM_SHLEX_QUOTES, QUOTE},
};
static const rank word_ranks[ranks] = {
    {THRUM_SHLEX_WHITESPACE, SPACE}, {THRUM_SHLEX_COMMENTERS, COMMENT}, {THRUM_SHLEX_QUOTES, QUOTE},
    {THRUM_SHLEX_ESCAPE, ESCAPE},    {THRUM_SHLEX_WORDCHARS, WORD},     {THRUM_SHLEX_PUNCTUATION, PUNCTUATION},
};
static const rank punctuation_ranks[ranks] = {
    {THRUM_SHLEX_WHITESPACE, SPACE}, {THRUM_SHLEX_COMMENTERS, COMMENT}, {THRUM_SHLEX_PUNCTUATION, PUNCTUATION},
    {THRUM_SHLEX_ESCAPE, ESCAPE},    {THRUM_SHLEX_WORDCHARS, WORD},     {THRUM_SHLEX_QUOTES, QUOTE},
};

static bool is_in(const thrum_shlex *lex, thrum_shlex_set set, uint32_t point) {
    return point < sizeof lex->latin ? lex->latin[point] >> set & 1 : thrum__charset_has(&lex->sets[set], point);
}

static lexer_class classify_by(const thrum_shlex *lex, const rank *order, uint32_t point) {
    for (int i = 0; i < ranks; i++) {
        if (order[i].set == THRUM_SHLEX_ESCAPE && !lex->posix)
            continue;
        if (is_in(lex, order[i].set, point))
            return order[i].class;
    }
    return lex->whitespace_split ? WORD : OTHER;
}

static lexer_class classify_quoted(const thrum_shlex *lex, uint32_t point) {
    if (point == lex->quote.point)
        return QUOTE;
    if (lex->posix && is_in(lex, THRUM_SHLEX_ESCAPE, point) &&
        is_in(lex, THRUM_SHLEX_ESCAPEDQUOTES, lex->quote.point))
        return ESCAPE;
    return OTHER;
}

static lexer_class classify(const thrum_shlex *lex, const thrum__glyph *glyph) {
    if (glyph->length == 0)
        return END;
    switch (lex->state) {
    case IN_SPACE:
        return classify_by(lex, begin_ranks, glyph->point);
    case IN_WORD:
        return classify_by(lex, word_ranks, glyph->point);
    case IN_PUNCTUATION:
        return classify_by(lex, punctuation_ranks, glyph->point);
    case IN_QUOTE:
        return classify_quoted(lex, glyph->point);
    case IN_QUOTED_ESCAPE:
        return glyph->point == lex->quote.point || glyph->point == lex->escape.point ? ESCAPE : OTHER;
    case IN_COMMENT:
    case IN_WORD_COMMENT:
    case IN_PUNCTUATION_COMMENT:
        return glyph->point == '\n' ? SPACE : OTHER;
    default:
        return OTHER;
    }
}

/* Room for two characters and the end in the token, and for one character pushed back. */
static int reserve(thrum_shlex *lex) {
    enum { room = 2 * sizeof lex->pending.bytes + 1, first = 32 };
    if (!lex->spare) {
        thrum__pushed *node = thrum__malloc(sizeof *node);
        char *text = thrum__malloc(sizeof lex->pending.bytes + 1);
        if (!node || !text) {
            free(node);
            free(text);
            return -ENOMEM;
        }
        *node = (thrum__pushed){NULL, text};
        lex->spare = node;
    }
    if (lex->capacity - lex->length >= room)
        return 0;
    size_t capacity = lex->capacity ? 2 * lex->capacity : first;
    char *token = thrum__realloc(lex->token, capacity);
    if (!token)
        return -ENOMEM;
    lex->token = token;
    lex->capacity = capacity;
    return 0;
}

static int next(thrum_shlex *lex, thrum__glyph *ret_glyph, thrum_shlex_place *ret_place) {
    if (lex->state == AT_END) {
        *ret_glyph = (thrum__glyph){0};
        return 0;
    }
    if (lex->pending.length == 0)
        return thrum__source_next(lex->source, ret_glyph, ret_place);
    *ret_glyph = lex->pending;
    *ret_place = lex->pending_place;
    lex->pending.length = 0;
    return 0;
}

static void add(thrum_shlex *lex, const thrum__glyph *glyph) {
    memcpy(lex->token + lex->length, glyph->bytes, glyph->length);
    lex->length += glyph->length;
}

/* Without punctuation the character becomes a token of its own; with it, it is read again. */
static void push_back(thrum_shlex *lex, const thrum__glyph *glyph, thrum_shlex_place place) {
    if (lex->sets[THRUM_SHLEX_PUNCTUATION].count > 0) {
        lex->pending = *glyph;
        lex->pending_place = place;
        return;
    }
    thrum__pushed *node = lex->spare;
    lex->spare = NULL;
    memcpy(node->text, glyph->bytes, glyph->length);
    node->text[glyph->length] = '\0';
    thrum__pushed_add(lex, node, node->text);
}

static void act(thrum_shlex *lex, step todo, const thrum__glyph *glyph, thrum_shlex_place place) {
    if (todo.actions & KEEP)
        add(lex, &lex->escape);
    if (todo.actions & ADD)
        add(lex, glyph);
    if (todo.actions & OPEN) {
        lex->quote = *glyph;
        lex->quoted = true;
    }
    if (todo.actions & HOLD)
        lex->escape = *glyph;
    if (todo.actions & (OPEN | HOLD))
        lex->opened = place;
    if (todo.actions & BACK)
        push_back(lex, glyph, place);
    if (todo.actions & COUNT)
        lex->source->place.lineno++;
    lex->state = (thrum__lexer_state)todo.next;
}

/* Hand the token to the caller. An empty one counts only if it was written as quotes. */
static int emit(thrum_shlex *lex, char **ret_token) {
    if (lex->length == 0 && !lex->quoted)
        return THRUM_STOP_ITERATION;
    lex->token[lex->length] = '\0';
    *ret_token = lex->token;
    lex->token = NULL;
    lex->length = lex->capacity = 0;
    lex->quoted = false;
    return 0;
}

int thrum_shlex_read_token(thrum_shlex *lex, char **ret_token) {
    for (;;) {
        thrum__glyph glyph;
        thrum_shlex_place place = {0, 0};
        int r = reserve(lex);
        if (r == 0)
            r = next(lex, &glyph, &place);
        if (r < 0)
            return r;
        step todo = (lex->posix ? posix_table : plain_table)[lex->state][classify(lex, &glyph)];
        act(lex, todo, &glyph, place);
        if (todo.actions & FAIL)
            return lex->state == IN_QUOTE ? THRUM_NO_CLOSING_QUOTATION : THRUM_NO_ESCAPED_CHARACTER;
        if (todo.actions & EMIT)
            return emit(lex, ret_token);
    }
}
