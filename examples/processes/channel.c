/* channel - messages to a child and back, over the pipes that are its stdin and stdout.
 *
 * Python: child = Popen([program, "child"], stdin=PIPE, stdout=PIPE), and struct.pack("I", len(message)) before each
 * message that is written to child.stdin or read from child.stdout.
 *
 * Look at: a pipe carries bytes, not messages, so each message says its length first, and may have lines in it. The
 * child is this program itself, started once more with the argument `child`: it answers every message until its input
 * ends, which is how it is told to go.
 */
#include <stdint.h>

#include "example.h"

/* Two streams with messages on them: Channel(out, in). */
typedef struct channel {
    FILE *out, *in;
} channel;

static bool channel_send(channel *c, const char *message) {
    uint32_t size = (uint32_t)strlen(message);
    return fwrite(&size, sizeof size, 1, c->out) == 1 && fwrite(message, 1, size, c->out) == size &&
           fflush(c->out) == 0;
}

/* Returns the message, to be freed; or NULL when there are no more. */
static char *channel_receive(channel *c) {
    uint32_t size;
    if (fread(&size, sizeof size, 1, c->in) != 1)
        return NULL;
    char *message = calloc(1, (size_t)size + 1);
    if (message && fread(message, 1, size, c->in) == size)
        return message;
    free(message);
    return NULL;
}

/* -- the child -- */

static int answer_all(void) {
    channel parent = {stdout, stdin};
    for (char *message; (message = channel_receive(&parent)) != NULL; free(message)) {
        char answer[200];
        snprintf(answer, sizeof answer, "the child got '%s', %zu bytes", message, strlen(message));
        if (!channel_send(&parent, answer))
            return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

/* -- the parent -- */

static void ask(channel *child, const char *message) {
    printf("send     %s\n", message);
    if (!channel_send(child, message))
        exit(EXIT_FAILURE);
    char *answer = channel_receive(child);
    printf("receive  %s\n", answer ? answer : "(nothing)");
    free(answer);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "child") == 0)
        return answer_all();

    thrum_popen *popen;
    int returncode = 0;
    must(thrum_popen_new(&popen, THRUM_ARGS("/proc/self/exe", "child"),
                         &(thrum_popen_options){.in = THRUM_PIPE, .out = THRUM_PIPE}),
         "thrum_popen_new");
    channel child = {thrum_popen_stdin_file(popen), thrum_popen_stdout_file(popen)};

    ask(&child, "Hello World");
    ask(&child, "42");
    ask(&child, "a line\nand another one"); /* the length counts, not the end of a line */

    thrum_popen_close_stdin(popen); /* the end of the input is what the child waits for */
    must(thrum_popen_wait(popen, &returncode), "thrum_popen_wait");
    printf("the child has ended with status %d\n", returncode);
    thrum_popen_free(popen);
    return returncode;
}
