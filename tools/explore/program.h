/* program.h - getting hold of main(). */
#ifndef THRUM_TOOLS_PROGRAM_H
#define THRUM_TOOLS_PROGRAM_H

typedef int preload_main(int argc, char **argv, char **envp);

/* In place of main(): explore it. Returns the exit status of `thrum explore`. */
int preload_explore(preload_main *main, int argc, char **argv, char **envp);

#endif
