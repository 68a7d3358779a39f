/* symbols.h - places in the program, as people know them. */
#ifndef THRUM_EXPLORE_SYMBOLS_H
#define THRUM_EXPLORE_SYMBOLS_H

#include <stdint.h>

typedef struct x_symbol {
    const void *site; /* a return address */
    char text[64];    /* "file.c:12", or "program+0x1234" when that is not known; "" before */
} x_symbol;

/* Fill in the texts that are still empty. Asks addr2line, in a process of its own, where there is one; not for a
 * process whose threads are explored. */
void x_symbols_resolve(x_symbol *symbols, uint32_t count);

#endif
