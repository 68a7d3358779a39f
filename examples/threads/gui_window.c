/* gui_window.c - paints the window of gui.c with filled rectangles, so that it needs neither a font nor a GPU. */
#include <stdio.h>

#include "gui_window.h"

enum { WIDTH = 320, HEIGHT = 200, PIXEL = 3, LETTER = 6 * PIXEL };

static const SDL_Rect button = {60, 120, 200, 50};

typedef struct colour {
    Uint8 red, green, blue;
} colour;

static const colour grey = {0xee, 0xee, 0xe8}, blue = {0x30, 0x60, 0xa0}, pressed = {0xa0, 0x40, 0x30},
                    white = {0xff, 0xff, 0xff}, dark = {0x50, 0x50, 0x50}, light = {0xd0, 0xd0, 0xd0};

/* The letters of SUBMIT, five pixels wide and seven high; the highest of five bits is the leftmost pixel. */
static const Uint8 submit[][7] = {
    {0x0f, 0x10, 0x10, 0x0e, 0x01, 0x01, 0x1e}, {0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e},
    {0x1e, 0x11, 0x11, 0x1e, 0x11, 0x11, 0x1e}, {0x11, 0x1b, 0x15, 0x15, 0x11, 0x11, 0x11},
    {0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e}, {0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04},
};
enum { LETTERS = sizeof submit / sizeof submit[0] };

static void fill(SDL_Surface *surface, SDL_Rect area, colour with) {
    SDL_FillRect(surface, &area, SDL_MapRGB(surface->format, with.red, with.green, with.blue));
}

static void paint_letter(SDL_Surface *surface, const Uint8 rows[7], int x, int y) {
    for (int row = 0; row < 7; row++)
        for (int column = 0; column < 5; column++)
            if (rows[row] & (0x10 >> column))
                fill(surface, (SDL_Rect){x + column * PIXEL, y + row * PIXEL, PIXEL, PIXEL}, white);
}

static void paint_button(SDL_Surface *surface, bool busy) {
    fill(surface, button, busy ? pressed : blue);
    int x = button.x + (button.w - LETTERS * LETTER + PIXEL) / 2, y = button.y + (button.h - 7 * PIXEL) / 2;
    for (int i = 0; i < LETTERS; i++)
        paint_letter(surface, submit[i], x + i * LETTER, y);
}

/* Eight squares in a ring, one of them dark: the next one in each frame. A frozen window is one where it stands. */
static void paint_spinner(SDL_Surface *surface, unsigned frame) {
    static const int ring[8][2] = {{0, -30}, {21, -21}, {30, 0}, {21, 21}, {0, 30}, {-21, 21}, {-30, 0}, {-21, -21}};
    for (unsigned i = 0; i < 8; i++)
        fill(surface, (SDL_Rect){WIDTH / 2 - 6 + ring[i][0], 54 + ring[i][1], 12, 12}, frame % 8 == i ? dark : light);
}

bool gui_window_open(gui_window *self) {
    *self = (gui_window){0};
    SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0"); /* no GPU, no driver with threads of its own */
    if (SDL_Init(SDL_INIT_VIDEO) == 0) {
        self->window = SDL_CreateWindow("gui", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, WIDTH, HEIGHT, 0);
        if (self->window)
            return true;
    }
    fprintf(stderr, "gui: cannot open a window: %s\n", SDL_GetError());
    SDL_Quit();
    return false;
}

void gui_window_close(gui_window *self) {
    SDL_DestroyWindow(self->window);
    SDL_Quit();
}

void gui_window_paint(gui_window *self, bool busy) {
    SDL_Surface *surface = SDL_GetWindowSurface(self->window);
    if (!surface) /* the screen changed under us: the next frame gets a new one */
        return;
    fill(surface, (SDL_Rect){0, 0, WIDTH, HEIGHT}, grey);
    paint_spinner(surface, self->frames++);
    paint_button(surface, busy);
    SDL_UpdateWindowSurface(self->window);
}

bool gui_window_on_button(int x, int y) {
    return SDL_PointInRect(&(SDL_Point){x, y}, &button);
}
