/* thrum/shlex.h - words the way a shell cuts them: split, quote, join, and the lexer behind them (Python's shlex).
 *
 * The idea
 *   A command line is cut into words without a shell, and a list of words becomes a line that a shell cuts back into
 *   the same words:
 *
 *       char **argv;
 *       int r = thrum_shlex_split("grep -e 'two words' \"$HOME\"", NULL, &argv, NULL);
 *       if (r == 0) {                   argv: grep, -e, two words, $HOME, NULL; nothing is expanded
 *               execvp(argv[0], argv);
 *               free(argv);             one block: the words go with it
 *       }
 *
 *   Text from a user goes into a shell command only through thrum_shlex_quote or thrum_shlex_join.
 *
 * The class
 *   thrum_shlex is Python's class shlex: a lexer for small shell-like languages, with sets of characters that may be
 *   changed, a stack of tokens pushed back and a stack of sources for files that include files:
 *
 *       thrum_shlex *lex;
 *       char *token;
 *       int r = thrum_shlex_new(&lex, "a && b # why", &(thrum_shlex_options){
 *               .posix = true, .punctuation_chars = THRUM_SHLEX_PUNCTUATION_CHARS });
 *       while (r == 0 && (r = thrum_shlex_get_token(lex, &token)) == 0) {
 *               puts(token);                                    a, then &&, then b
 *               free(token);
 *       }
 *       if (r != THRUM_STOP_ITERATION) {
 *               char leader[200];
 *               thrum_shlex_error_leader(lex, NULL, 0, leader, sizeof leader);
 *               fprintf(stderr, "%s%s\n", leader, thrum_strerror(r));
 *       }
 *       lex = thrum_shlex_free(lex);
 *
 * Characters
 *   Text is UTF-8 and is cut between code points. A byte that is not part of valid UTF-8 is kept and stands for
 *   itself, as a character that is in no set (Python's surrogateescape), so file names of any encoding pass through
 *   unharmed. A NUL byte in a stream is THRUM_VALUE_ERROR, since a word could not hold it.
 *
 * Errors
 *   Python's two messages are two codes: THRUM_NO_CLOSING_QUOTATION and THRUM_NO_ESCAPED_CHARACTER, both
 *   "ValueError". Their place, the quote or the escape that was left open, is in a thrum_shlex_place.
 */
#ifndef THRUM_SHLEX_H
#define THRUM_SHLEX_H

#include <stdio.h>

#include <thrum/base.h>

/* What punctuation_chars=True means in Python. */
#define THRUM_SHLEX_PUNCTUATION_CHARS "();<>|&"

/* A place in a source: the line, counted from 1, and the bytes before it, counted from the source's beginning. */
typedef struct thrum_shlex_place {
    size_t lineno, offset;
} thrum_shlex_place;

/* Keyword arguments of shlex.split(). */
typedef struct thrum_shlex_split_options {
    bool comments;            /* '#' begins a comment: comments=True */
    bool non_posix;           /* keep the quotes, know no escapes: posix=False */
    thrum_shlex_place *place; /* where to write the place of an error, or NULL */
} thrum_shlex_split_options;

/* Where a lexer reads from. */
typedef struct thrum_shlex_stream {
    /* Fill `buffer` with up to `size` bytes, as read(2) does: the count, 0 at the end, or a negative result. */
    long (*read)(void *arg, char *buffer, size_t size);
    /* Called once, when the source is popped or the lexer is freed. May be NULL: the stream stays the caller's. */
    void (*close)(void *arg);
    void *arg;
} thrum_shlex_stream;

/* The lexer: Python's class shlex. */
typedef struct thrum_shlex thrum_shlex;

/* Keyword arguments of shlex.shlex(). */
typedef struct thrum_shlex_options {
    const char *infile;            /* name of the source, for messages and relative inclusions; copied */
    bool posix;                    /* posix=True: quotes are removed, the backslash escapes */
    const char *punctuation_chars; /* runs of these are tokens; NULL or "": none. Copied. */
    thrum_shlex_stream instream;   /* read when no text is given; without a `read` it is the standard input */
    /* Replaces thrum_shlex_sourcehook: called with the token after the `source` word. It pushes what is to be read
     * next, or nothing, and returns 0 or a negative result, which the reading call returns. NULL: the default. */
    int (*sourcehook)(thrum_shlex *lex, const char *newfile, void *arg);
    void *sourcehook_arg; /* handed to sourcehook */
} thrum_shlex_options;

/* The sets of characters of a lexer. */
typedef enum thrum_shlex_set {
    THRUM_SHLEX_WHITESPACE,     /* between tokens: " \t\r\n" */
    THRUM_SHLEX_COMMENTERS,     /* begin a comment, which ends with the line: "#" */
    THRUM_SHLEX_ESCAPE,         /* posix: the next character stands for itself: "\\" */
    THRUM_SHLEX_WORDCHARS,      /* make up words: ASCII letters, digits and '_', and in posix Latin-1 letters */
    THRUM_SHLEX_PUNCTUATION,    /* punctuation_chars, fixed when the lexer is made */
    THRUM_SHLEX_QUOTES,         /* open and close a quotation: "'\"" */
    THRUM_SHLEX_ESCAPEDQUOTES,  /* posix: quotes inside which an escape is known: "\"" */
    THRUM_SHLEX_NUMBER_OF_SETS_ /* not a set */
} thrum_shlex_set;

THRUM_BEGIN_DECLS

/* Cut `text` into words: shlex.split(s, comments, posix).
 *
 * `options` may be NULL: no comments, posix. On success *ret_argv is a list that ends with NULL, in one block that
 * the caller frees with free(); *ret_argc (which may be NULL) is the number of words. Returns 0, THRUM_VALUE_ERROR
 * for a NULL text, THRUM_NO_CLOSING_QUOTATION, THRUM_NO_ESCAPED_CHARACTER (with options->place filled in) or -ENOMEM.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_shlex_split(const char *text, const thrum_shlex_split_options *options,
                                                char ***ret_argv, size_t *ret_argc);

/* The word `text`, quoted so that a POSIX shell reads it as one word: shlex.quote(s).
 *
 * A word of ASCII letters, digits and @%+=:,./-_ comes back as it is, the empty word as ''. On success *ret_quoted is
 * the caller's, to free(). Returns 0 or -ENOMEM.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_shlex_quote(const char *text, char **ret_quoted);

/* A line that a POSIX shell, and thrum_shlex_split, cut into the words of `argv`: shlex.join(split_command).
 *
 * `argv` ends with NULL. On success *ret_line is the caller's, to free(). Returns 0 or -ENOMEM.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_shlex_join(const char *const *argv, char **ret_line);

/* A lexer over `text`: shlex.shlex(instream, infile, posix, punctuation_chars).
 *
 * The text is copied. NULL reads options->instream, or the standard input. `options` may be NULL: no file name, not
 * posix, no punctuation. The lexer takes over the stream: its `close` is called when the lexer is freed; after a
 * failed call it is still the caller's. Returns 0 or -ENOMEM.
 * Threads: any.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_shlex_new(thrum_shlex **ret_lex, const char *text,
                                              const thrum_shlex_options *options);

/* Free a lexer and close its sources. Takes NULL; returns NULL.
 * Threads: owner.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_shlex *thrum_shlex_free(thrum_shlex *lex);

/* The next token: shlex.get_token(), and the iteration over a shlex.
 *
 * Takes it from the tokens pushed back, else reads it; follows inclusions, and goes back to the including source at
 * the end of one. On success *ret_token is the caller's, to free(). Returns 0; THRUM_STOP_ITERATION at the end, again
 * and again; THRUM_NO_CLOSING_QUOTATION or THRUM_NO_ESCAPED_CHARACTER, again and again, unless a source is pushed
 * that goes on with the token; THRUM_EOF_ERROR when no file name follows the word `source`; THRUM_VALUE_ERROR for a
 * NUL byte; what the stream or the source hook returned; or -ENOMEM. After the last two a repeated call goes on where
 * the failed one stopped.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until the stream has the token. */
THRUM_API THRUM_NODISCARD int thrum_shlex_get_token(thrum_shlex *lex, char **ret_token);

/* Read a token from the current source, without looking at pushed tokens or inclusions: shlex.read_token().
 *
 * Ownership and results are those of thrum_shlex_get_token; THRUM_STOP_ITERATION is the end of this source.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until the stream has the token. */
THRUM_API THRUM_NODISCARD int thrum_shlex_read_token(thrum_shlex *lex, char **ret_token);

/* Push a copy of `token`: the next thrum_shlex_get_token returns it, as it is: shlex.push_token(tok).
 *
 * The last one pushed comes first. Returns 0 or -ENOMEM.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_shlex_push_token(thrum_shlex *lex, const char *token);

/* Read from `text` before going on with the current source: shlex.push_source(str, newfile).
 *
 * The text and `infile`, which may be NULL, are copied; lines count from 1. Returns 0 or -ENOMEM.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_shlex_push_source(thrum_shlex *lex, const char *text, const char *infile);

/* Read from a stream before going on with the current source: shlex.push_source(stream, newfile).
 *
 * The lexer takes over the stream; after -ENOMEM it is still the caller's. Returns 0 or -ENOMEM.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_shlex_push_stream(thrum_shlex *lex, thrum_shlex_stream stream,
                                                      const char *infile);

/* A stream that reads `file` line by line, and closes it unless it is stdin.
 * Threads: any.  Signals: safe.  Blocks: no. */
THRUM_API thrum_shlex_stream thrum_shlex_file(FILE *file);

/* Close the current source and go back to the one below: shlex.pop_source().
 *
 * An unfinished token is dropped. The end of a source does this by itself. Returns 0, or THRUM_RUNTIME_ERROR when
 * there is no source below: nothing is closed then.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_shlex_pop_source(thrum_shlex *lex);

/* Open the file `newfile` and push it: shlex.sourcehook(newfile), the default hook.
 *
 * Double quotes round the name are removed; a relative name counts from the directory of the current infile, if it
 * has one. Returns 0, -ENOMEM, or the -errno of opening it.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: until the file system answers. */
THRUM_API THRUM_NODISCARD int thrum_shlex_sourcehook(thrum_shlex *lex, const char *newfile);

/* Write the beginning of a message, `"FILE", line N: `, as a C compiler does: shlex.error_leader(infile, lineno).
 *
 * NULL for `infile` takes the lexer's (without one the name is None, as Python writes it), 0 for `lineno` the
 * lexer's. The text is cut to `size` - 1 bytes. Returns its full length, as snprintf does.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API int thrum_shlex_error_leader(const thrum_shlex *lex, const char *infile, size_t lineno, char *buffer,
                                       size_t size);

/* The quote or the escape that an error left open; {0, 0} when there was none.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API thrum_shlex_place thrum_shlex_error_place(const thrum_shlex *lex);

/* A set of characters, as the string that it was set to; it lives until the set is changed.
 *
 * NULL for a number that is no set.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API const char *thrum_shlex_chars(const thrum_shlex *lex, thrum_shlex_set set);

/* Change a set of characters (assigning to lex.wordchars and its like); a copy of `chars` is kept.
 *
 * Counts from the next character read. Returns 0, -ENOMEM with the set unchanged, or THRUM_VALUE_ERROR for
 * THRUM_SHLEX_PUNCTUATION, which is read-only, and for a number that is no set.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_shlex_set_chars(thrum_shlex *lex, thrum_shlex_set set, const char *chars);

/* Whether tokens end at whitespace only: lex.whitespace_split.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API bool thrum_shlex_whitespace_split(const thrum_shlex *lex);

/* Make tokens end at whitespace (and at punctuation) only, or not: lex.whitespace_split = on.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_shlex_set_whitespace_split(thrum_shlex *lex, bool on);

/* The word that includes a file, or NULL: lex.source. It lives until it is changed.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API const char *thrum_shlex_source(const thrum_shlex *lex);

/* Set the word after which a file name is read and handed to the source hook; NULL for none: lex.source = word.
 *
 * Returns 0, or -ENOMEM with the word unchanged.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_shlex_set_source(thrum_shlex *lex, const char *word);

/* The name of the current source, or NULL: lex.infile. It lives until it is changed or the source ends.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API const char *thrum_shlex_infile(const thrum_shlex *lex);

/* Name the current source; NULL for no name: lex.infile = name. Returns 0, or -ENOMEM with the name unchanged.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API THRUM_NODISCARD int thrum_shlex_set_infile(thrum_shlex *lex, const char *infile);

/* One more than the newlines read so far from the current source, with one for each comment: lex.lineno.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API size_t thrum_shlex_lineno(const thrum_shlex *lex);

/* Count on from `lineno` in the current source: lex.lineno = n.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API void thrum_shlex_set_lineno(thrum_shlex *lex, size_t lineno);

/* What was read of a token that is not complete, after an error: lex.token. It lives until the next call that reads.
 * Threads: caller-serialised.  Signals: unsafe.  Blocks: no. */
THRUM_API const char *thrum_shlex_token(const thrum_shlex *lex);

THRUM_END_DECLS

#endif
