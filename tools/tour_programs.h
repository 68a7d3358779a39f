/* tour_programs.h - what the tour shows: the programs of examples/. */
#ifndef TOUR_PROGRAMS_H
#define TOUR_PROGRAMS_H

#include <stdbool.h>

typedef struct tour_program {
    const char *topic, *name;
    const char *line;       /* what it shows, in a line */
    const char *arguments;  /* separated by spaces; TOUR_FOLDER stands for the folder of the programs */
    const char *in_short;   /* the arguments of its short form */
    bool waits_for_silence; /* it shows what happens when nobody types */
    const char *needs;      /* what it may have been built without, or NULL */
    bool window;            /* it needs a display */
} tour_program;

#define TOUR_FOLDER "PROGRAMS"

extern const tour_program tour_programs[];
extern const int tour_program_count;

#endif
