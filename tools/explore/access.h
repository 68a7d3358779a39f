/* access.h - the parts of thrum-access: access.c, what the compiler calls; memory.c, allocations. */
#ifndef THRUM_TOOLS_ACCESS_H
#define THRUM_TOOLS_ACCESS_H

/* Called so that the linker takes memory.c along. */
void access_watch_memory(void);

#endif
