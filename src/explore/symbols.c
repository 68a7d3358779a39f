/* symbols.c - from addresses to file names and lines, by binutils' addr2line, which every compiler brings along. */
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "explore/symbols.h"

enum { most_at_once = 64 };

/* The file that an address is from, and the address within it. */
typedef struct place {
    uintptr_t address, inside;
    char file[512];
} place;

static int look_into(struct dl_phdr_info *info, size_t size, void *arg) {
    place *p = arg;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type != PT_LOAD || p->address - info->dlpi_addr - header->p_vaddr >= header->p_memsz)
            continue;
        p->inside = p->address - info->dlpi_addr;
        snprintf(p->file, sizeof p->file, "%s", info->dlpi_name);
        return 1;
    }
    return 0;
}

/* A return address is behind the call: the byte before it is in the call. */
static place place_of(const void *site) {
    place p = {.address = (uintptr_t)site - 1};
    dl_iterate_phdr(look_into, &p);
    if (p.address && !p.file[0]) { /* the program itself */
        ssize_t length = readlink("/proc/self/exe", p.file, sizeof p.file - 1);
        p.file[length < 0 ? 0 : length] = '\0';
    }
    return p;
}

/* Run addr2line for these addresses of one file. Returns what it says, or NULL. */
static FILE *ask(char *file, char (*addresses)[20], uint32_t count, pid_t *ret_pid) {
    static char name[] = "addr2line", bases[] = "-s", of[] = "-e";
    char *arguments[most_at_once + 5] = {name, bases, of, file};
    extern char **environ;
    posix_spawn_file_actions_t actions;
    int ends[2];
    for (uint32_t i = 0; i < count; i++)
        arguments[4 + i] = addresses[i];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return NULL;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    int r = posix_spawnp(ret_pid, "addr2line", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    FILE *answer = r == 0 ? fdopen(ends[0], "r") : NULL;
    if (!answer)
        close(ends[0]);
    return answer;
}

/* "race.c:12 (discriminator 2)" is "race.c:12"; an answer with a question mark is none. */
static void take_answer(x_symbol *symbol, char *line) {
    line[strcspn(line, " \n")] = '\0';
    if (line[0] && !strchr(line, '?'))
        snprintf(symbol->text, sizeof symbol->text, "%.60s", line);
}

static void resolve_in(x_symbol **symbols, place *places, uint32_t count) {
    char addresses[most_at_once][20], line[1024];
    pid_t pid = 0;
    for (uint32_t i = 0; i < count; i++)
        snprintf(addresses[i], sizeof addresses[i], "0x%lx", (unsigned long)places[i].inside);
    FILE *answer = places[0].file[0] ? ask(places[0].file, addresses, count, &pid) : NULL;
    for (uint32_t i = 0; answer && i < count && fgets(line, sizeof line, answer); i++)
        take_answer(symbols[i], line);
    if (answer)
        fclose(answer);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    for (uint32_t i = 0; i < count; i++) {
        const char *base = strrchr(places[i].file, '/');
        if (!symbols[i]->text[0])
            snprintf(symbols[i]->text, sizeof symbols[i]->text, "%.40s+0x%lx", base ? base + 1 : "?",
                     (unsigned long)places[i].inside);
    }
}

void x_symbols_resolve(x_symbol *symbols, uint32_t count) {
    static place places[most_at_once];
    for (uint32_t first = 0; first < count; first++) {
        x_symbol *wanted[most_at_once];
        uint32_t found = 0;
        for (uint32_t i = first; i < count && found < most_at_once; i++) {
            if (symbols[i].text[0])
                continue;
            places[found] = place_of(symbols[i].site);
            if (found == 0 || strcmp(places[found].file, places[0].file) == 0)
                wanted[found++] = &symbols[i];
        }
        if (found > 0)
            resolve_in(wanted, places, found);
    }
}
