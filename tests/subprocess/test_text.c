/* What communicate makes of captured bytes when text is asked for. */
#include "children.h"

static int text_of(const char *bytes, thrum_popen_options options, thrum_output *ret) {
    options.in = options.out = THRUM_PIPE;
    thrum_popen *popen = start(THRUM_ARGS("cat"), &options);
    int r = thrum_popen_communicate(popen, bytes, strlen(bytes), ret, NULL);
    if (r == THRUM_UNICODE_ERROR) {
        thrum_output kept;
        thrum_popen_output(popen, &kept, NULL);
        CHECK_STR(kept.data, bytes);
    }
    thrum_popen_exit(popen);
    return r;
}

static void check_text(const char *bytes, thrum_popen_options options, const char *expected) {
    thrum_output out;
    CHECK_EQ(text_of(bytes, options, &out), 0);
    CHECK_STR(out.data, expected);
    CHECK_EQ(out.size, strlen(expected));
    thrum_output_free(&out);
}

TEST(universal_newlines) {
    check_text("a\nb\rc\r\nd\r\r\n\n", (thrum_popen_options){.text = true}, "a\nb\nc\nd\n\n\n");
    check_text("a\r\nb", (thrum_popen_options){0}, "a\r\nb");
    check_text("", (thrum_popen_options){.text = true}, "");
    check_text("a\r\xff\nb\r\r\xff\xff\n\n", (thrum_popen_options){.errors = "ignore"}, "a\nb\n\n\n");
    check_text("a\r\xff\n", (thrum_popen_options){.errors = "surrogateescape"}, "a\n\xff\n");
}

TEST(encodings) {
    check_text("caf\xe9\r\n", (thrum_popen_options){.encoding = "latin-1"}, "caf\xc3\xa9\n");
    check_text("caf\xc3\xa9", (thrum_popen_options){.encoding = "utf-8"}, "caf\xc3\xa9");
    check_text("a\xe9z", (thrum_popen_options){.errors = "replace"}, "a\xef\xbf\xbdz");
    check_text("a\xe9z", (thrum_popen_options){.errors = "ignore"}, "az");
    check_text("a\xe9z\r", (thrum_popen_options){.errors = "surrogateescape"}, "a\xe9z\n");
    check_text("a\xc3\xa9z", (thrum_popen_options){.encoding = "ascii", .errors = "ignore"}, "az");
}

/* The beginning of a character is one error, and what is none of that an error for each byte. */
TEST(errors_are_counted_as_in_python) {
    const thrum_popen_options replace = {.errors = "replace"}, escape = {.errors = "backslashreplace"};
    check_text("\xe2\x82"
               "A",
               replace,
               "\xef\xbf\xbd"
               "A");
    check_text("\xf0\x9f\x98", replace, "\xef\xbf\xbd");
    check_text("\xf0\x9f\xe2\x82\xac", replace, "\xef\xbf\xbd\xe2\x82\xac");
    check_text("\xed\xa0\x80", replace, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    check_text("\xf0\x80\x80", replace, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    check_text("\xe2\x82\r\n", replace, "\xef\xbf\xbd\n");
    check_text("\xe2\x82-\xff", escape, "\\xe2\\x82-\\xff");
    check_text("\xe2\x82-", (thrum_popen_options){.errors = "ignore"}, "-");
    check_text("\xe2\x82-", (thrum_popen_options){.errors = "surrogateescape"}, "\xe2\x82-");
}

TEST(text_that_does_not_fit_is_kept_as_bytes) {
    thrum_output out;
    CHECK_EQ(text_of("a\xe9z", (thrum_popen_options){.text = true}, &out), THRUM_UNICODE_ERROR);
    CHECK_EQ(text_of("a\xe2\x82", (thrum_popen_options){.text = true}, &out), THRUM_UNICODE_ERROR);
    CHECK_EQ(text_of("a\xc3\xa9", (thrum_popen_options){.encoding = "ascii"}, &out), THRUM_UNICODE_ERROR);
}

TEST(encodings_that_nobody_knows) {
    thrum_popen *popen;
    CHECK_EQ(thrum_popen_new(&popen, THRUM_ARGS("true"), &(thrum_popen_options){.encoding = "utf-77"}),
             THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_popen_new(&popen, THRUM_ARGS("true"), &(thrum_popen_options){.errors = "pray"}),
             THRUM_VALUE_ERROR);
}

TEST_MAIN()
