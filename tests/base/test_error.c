#include <errno.h>

#include <thrum/base.h>

#include "test.h"

TEST(names_are_pythons) {
    CHECK_STR(thrum_error_name(THRUM_EMPTY), "queue.Empty");
    CHECK_STR(thrum_error_name(THRUM_BROKEN_BARRIER), "threading.BrokenBarrierError");
    CHECK_STR(thrum_error_name(-ENOENT), "FileNotFoundError");
    CHECK_STR(thrum_error_name(-ENOMEM), "MemoryError");
    CHECK_STR(thrum_error_name(-EXDEV), "OSError");
    CHECK_STR(thrum_error_name(0), "OK");
    CHECK_STR(thrum_error_name(7), "OK");
    CHECK_STR(thrum_error_name(-5000000), "UnknownError");
}

TEST(sentences) {
    CHECK_STR(thrum_strerror(THRUM_TIMED_OUT), "the time limit passed");
    CHECK_STR(thrum_strerror(-ENOENT), "No such file or directory");
    CHECK_STR(thrum_strerror(0), "success");
    CHECK_STR(thrum_strerror(-5000000), "not a result of this library");
}

TEST(every_code_has_its_own_number_below_errno) {
    static const int codes[] = {
#define CODE(name, value, python, message) THRUM_##name,
        THRUM_ERROR_MAP(CODE)
#undef CODE
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        CHECK_LT(codes[i], -4096);
        for (size_t j = 0; j < i; j++)
            CHECK_NE(codes[i], codes[j]);
    }
}

TEST(version_matches_headers) {
    CHECK_STR(thrum_version(), THRUM_VERSION);
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", THRUM_VERSION_MAJOR, THRUM_VERSION_MINOR, THRUM_VERSION_PATCH);
    CHECK_STR(text, THRUM_VERSION);
}

TEST_MAIN()
