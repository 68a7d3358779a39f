/* empty.c - a program all of whose code is in a library: Meson wants a source in each. */
extern int nothing;
int nothing;
