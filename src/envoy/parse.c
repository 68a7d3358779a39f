/* parse.c - from a line to commands: cut at what a shell would take for a pipe, and each part into words. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrum/shlex.h>

#include "base/memory.h"
#include "envoy/pipeline.h"

/* The length of the quotation or escape that begins at `at`, or 1 for an ordinary character. One that does not end
 * goes to the end of the line: cutting into words will say so. */
static size_t quoted_length(const char *at) {
    if (at[0] == '\\')
        return at[1] ? 2 : 1;
    if (at[0] != '\'' && at[0] != '"')
        return 1;
    size_t length = 1;
    while (at[length] && at[length] != at[0])
        length += at[0] == '"' && at[length] == '\\' && at[length + 1] ? 2 : 1;
    return at[length] ? length + 1 : length;
}

/* The length of the command that begins at `at`: up to a '|' that is not quoted, or to the end. */
static size_t command_length(const char *at) {
    size_t length = 0;
    while (at[length] && at[length] != '|')
        length += quoted_length(at + length);
    return length;
}

static int add_command(thrum__pipeline *pipeline, char **words) {
    thrum__command *commands = thrum__realloc(pipeline->commands, (pipeline->count + 1) * sizeof *commands);
    if (!commands)
        return -ENOMEM;
    commands[pipeline->count++] = (thrum__command){.words = words};
    pipeline->commands = commands;
    return 0;
}

static int add_words(thrum__pipeline *pipeline, char **words) {
    int r = words[0] ? add_command(pipeline, words) : THRUM_VALUE_ERROR;
    if (r < 0)
        free(words);
    return r;
}

static int parse_command(thrum__pipeline *pipeline, const char *at, size_t length) {
    char **words, *text = thrum__strndup(at, length);
    if (!text)
        return -ENOMEM;
    int r = thrum_shlex_split(text, NULL, &words, NULL);
    free(text);
    return r < 0 ? r : add_words(pipeline, words);
}

int thrum__pipeline_parse(thrum__pipeline *pipeline, const char *line) {
    for (;;) {
        size_t length = command_length(line);
        int r = parse_command(pipeline, line, length);
        if (r < 0 || line[length] == '\0')
            return r;
        line += length + 1;
    }
}

/* The words as one block. */
static char **copy_words(const char *const *words) {
    size_t count = 0, bytes = 0;
    for (; words[count]; count++)
        bytes += strlen(words[count]) + 1;
    char **copy = thrum__malloc((count + 1) * sizeof *copy + bytes);
    if (!copy)
        return NULL;
    char *to = (char *)(copy + count + 1);
    for (size_t i = 0; i < count; i++) {
        copy[i] = to;
        to = stpcpy(to, words[i]) + 1;
    }
    copy[count] = NULL;
    return copy;
}

int thrum__pipeline_copy(thrum__pipeline *pipeline, const char *const *const *commands) {
    int r = commands[0] ? 0 : THRUM_VALUE_ERROR;
    for (; r == 0 && *commands; commands++) {
        char **words = copy_words(*commands);
        r = words ? add_words(pipeline, words) : -ENOMEM;
    }
    return r;
}
