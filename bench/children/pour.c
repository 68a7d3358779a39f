/* pour.c - a program that writes 64 MiB to its output as fast as it can. */
#include <string.h>
#include <unistd.h>

enum { chunk = 64 << 10, chunks = 1024 };

int main(void) {
    static char bytes[chunk];
    memset(bytes, 'x', sizeof bytes);
    for (int i = 0; i < chunks; i++)
        for (ssize_t done = 0; done < chunk;) {
            ssize_t r = write(STDOUT_FILENO, bytes + done, (size_t)(chunk - done));
            if (r < 0)
                return 1;
            done += r;
        }
    return 0;
}
