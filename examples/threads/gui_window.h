/* gui_window.h - the window of gui.c: a button, a spinner that turns with each frame, and nothing about threads. */
#ifndef GUI_WINDOW_H
#define GUI_WINDOW_H

#include <stdbool.h>

#include <SDL.h>

typedef struct gui_window {
    SDL_Window *window;
    unsigned frames; /* how often it was painted */
} gui_window;

/* Open the window. False, with the reason on stderr, when there is no display. */
bool gui_window_open(gui_window *self);
void gui_window_close(gui_window *self);

/* Paint the next frame. `busy` shows the button pressed. */
void gui_window_paint(gui_window *self, bool busy);

/* Whether the point is on the button. */
bool gui_window_on_button(int x, int y);

#endif
