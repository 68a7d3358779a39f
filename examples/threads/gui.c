/* gui - a window with a Submit button: work in the callback freezes the window, in a thread it does not.
 *
 * Python: a tkinter window whose Submit button calls a function that takes seconds, and the same with the function in
 * a Thread.
 *
 * Look at: the window lives from its loop, which takes events and paints. While the loop is in the callback it does
 * neither, so the spinner stands still. With the work in a thread the loop goes on; the thread touches nothing of the
 * window, it only sends the loop an event when it is done.
 *
 *     gui [--freeze] [--demo] [--seconds N]
 *
 * --freeze does the work in the callback; --demo presses the button itself and ends when the work is done.
 */
#include <SDL.h>

#include "example.h"
#include "gui_window.h"

typedef struct gui {
    gui_window window;
    bool freeze, demo, busy, open;
    thrum_timeout duration; /* of the work */
    unsigned frames_before; /* painted when the work began */
    Uint32 done_event;      /* what the thread sends to the loop */
} gui;

static void press_button(void) {
    SDL_Event press = {.button = {.type = SDL_MOUSEBUTTONDOWN, .button = SDL_BUTTON_LEFT, .x = 160, .y = 145}};
    SDL_PushEvent(&press);
}

/* Stands for anything that takes its time. */
static void work(const gui *self) {
    thrum_sleep(self->duration);
}

static void on_done(gui *self) {
    printf("the work is done: %u frames painted meanwhile\n", self->window.frames - self->frames_before);
    self->busy = false;
    if (self->demo)
        self->open = false;
}

static int work_in_thread(void *arg) {
    gui *self = arg;
    work(self);
    SDL_Event done = {.type = self->done_event};
    SDL_PushEvent(&done); /* the loop calls on_done */
    return 0;
}

static void on_submit(gui *self) {
    self->busy = true;
    gui_window_paint(&self->window, true);
    self->frames_before = self->window.frames;
    puts("the work begins");
    if (self->freeze) {
        work(self);
        on_done(self);
    } else {
        thrum_thread_unref(start(work_in_thread, self, "work")); /* the library keeps it for as long as it runs */
    }
}

static void on_event(gui *self, const SDL_Event *event) {
    if (event->type == self->done_event)
        on_done(self);
    else if (event->type == SDL_QUIT)
        self->open = false;
    else if (event->type == SDL_MOUSEBUTTONDOWN && gui_window_on_button(event->button.x, event->button.y) &&
             !self->busy)
        on_submit(self);
}

static void run(gui *self) {
    for (self->open = true; self->open;) {
        SDL_Event event;
        while (SDL_PollEvent(&event))
            on_event(self, &event);
        gui_window_paint(&self->window, self->busy);
        if (self->demo && self->window.frames == 20)
            press_button();
        thrum_sleep(thrum_milliseconds(20));
    }
}

static bool parse(gui *self, int argc, char **argv) {
    self->duration = thrum_seconds(3);
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--freeze") == 0)
            self->freeze = true;
        else if (strcmp(argv[i], "--demo") == 0)
            self->demo = true;
        else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc && atof(argv[i + 1]) > 0)
            self->duration = thrum_seconds(atof(argv[++i]));
        else
            return false;
    return true;
}

int main(int argc, char **argv) {
    static gui self; /* static, because the work may outlive the window */
    if (!parse(&self, argc, argv)) {
        fputs("usage: gui [--freeze] [--demo] [--seconds N]\n", stderr);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* whoever reads along sees each line at once */
    if (!gui_window_open(&self.window))
        return EXIT_FAILURE;
    self.done_event = SDL_RegisterEvents(1);
    run(&self);
    gui_window_close(&self.window);
    return 0;
}
