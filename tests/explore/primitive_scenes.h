/* primitive_scenes.h - each primitive of threading, used by several threads at a time. */
#ifndef PRIMITIVE_SCENES_H
#define PRIMITIVE_SCENES_H

#include <thrum/threading.h>

typedef struct scene {
    const char *name;
    thrum_target *function;               /* what each of the threads does; its argument is its number */
    void (*prepare)(void), (*tidy)(void); /* before and after them; NULL: there is nothing to do */
    bool whole;                           /* their starts and ends are what it is about */
} scene;
extern const scene scenes[];
extern const int scene_count;

/* scene_play() is a test for thrum_explore(), of the scene and the number of threads that were chosen last. */
void scene_choose(const scene *chosen, int threads);

/* Whether the starts and ends of threads are left out of the scenes that are not about them: see crew_in_line(). */
void scene_line_up(bool up);

void scene_play(void *arg);

#endif
