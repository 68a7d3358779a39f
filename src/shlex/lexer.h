/* lexer.h - what the files of the lexer share. */
#ifndef THRUM_SHLEX_LEXER_H
#define THRUM_SHLEX_LEXER_H

#include <thrum/shlex.h>

#include "base/utf8.h"

/* One character: its code point (or THRUM__RAW_BYTE + byte) and its bytes. Length 0 is the end of the source. */
typedef struct thrum__glyph {
    uint32_t point;
    unsigned char length, bytes[4];
} thrum__glyph;

/* A set of characters: the text it was set to, and the same as sorted code points. Owns both. */
typedef struct thrum__charset {
    char *text;
    uint32_t *points;
    size_t count;
} thrum__charset;

/* Copy `text` into *ret_set. Returns 0 or -ENOMEM. */
int thrum__charset_new(thrum__charset *ret_set, const char *text);
void thrum__charset_free(thrum__charset *set);
bool thrum__charset_has(const thrum__charset *set, uint32_t point);

/* A text or a stream, on the stack of sources. Bytes from `at` to `end` of the buffer were read and not yet used. */
typedef struct thrum__source {
    struct thrum__source *below;
    char *infile; /* owned, or NULL */
    thrum_shlex_stream stream;
    unsigned char *buffer; /* owned */
    size_t at, end;
    bool ended; /* the stream has nothing more: it is not asked again */
    thrum_shlex_place place;
} thrum__source;

/* A source on top of `below`. Text, if not NULL, is copied; else the stream is taken over. NULL: no memory. */
thrum__source *thrum__source_new(const char *text, thrum_shlex_stream stream, const char *infile);
/* Close and free one source. Returns the one below. */
thrum__source *thrum__source_free(thrum__source *source);
/* The next character and its place. Returns 0, THRUM_VALUE_ERROR for a NUL byte, or what the stream returned: nothing
 * is lost then, and a repeated call goes on. */
int thrum__source_next(thrum__source *source, thrum__glyph *ret_glyph, thrum_shlex_place *ret_place);

/* A token pushed back. */
typedef struct thrum__pushed {
    struct thrum__pushed *below;
    char *text; /* owned */
} thrum__pushed;

/* The states of the lexer: what it is inside of. A comment remembers what it interrupted. */
typedef enum thrum__lexer_state {
    IN_SPACE,
    IN_WORD,
    IN_PUNCTUATION,
    IN_QUOTE,
    IN_ESCAPE,
    IN_QUOTED_ESCAPE,
    IN_COMMENT,
    IN_WORD_COMMENT,
    IN_PUNCTUATION_COMMENT,
    AT_END,
    LEXER_STATES
} thrum__lexer_state;

struct thrum_shlex {
    thrum__charset sets[THRUM_SHLEX_NUMBER_OF_SETS_];
    unsigned char latin[256]; /* for U+0000..U+00FF: bit n means "is in set n" */
    bool posix, whitespace_split;
    char *word;     /* lex.source: owned, or NULL */
    bool including; /* the word was read, the file name not yet */
    int (*sourcehook)(thrum_shlex *lex, const char *newfile, void *arg);
    void *sourcehook_arg;

    thrum__source *source; /* the top of the stack; never empty */
    thrum__pushed *pushed;
    thrum__pushed *spare; /* room to push one character, kept so that a step that has begun cannot fail */
    thrum__glyph pending; /* a character that ended a token and begins the next; length 0: none */
    thrum_shlex_place pending_place;

    thrum__lexer_state state;
    thrum__glyph quote, escape; /* that were opened */
    thrum_shlex_place opened;   /* where */
    bool quoted;                /* the token has a quotation, so an empty one counts */
    char *token;                /* what was read of it: owned, or NULL while capacity is 0 */
    size_t length, capacity;
};

/* Put a text that is the lexer's from now on onto the stack of pushed tokens, in a node that is too. */
void thrum__pushed_add(thrum_shlex *lex, thrum__pushed *node, char *text);

#endif
