#include <thrum/base.h>

const char *thrum_version(void) {
    return THRUM_VERSION;
}
