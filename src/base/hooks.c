#include "base/hooks.h"

const thrum__hooks *thrum__hooks_installed;
