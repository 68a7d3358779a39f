/* The class: its syntaxes and its sets of characters. */
#include "expect.h"
#include "words.h"

TEST(older_syntax_keeps_quotes_and_knows_no_escape) {
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        thrum_shlex *lex = make(lines[i].line, false, NULL);
        char *token;
        int r;
        for (size_t n = 0; (r = thrum_shlex_get_token(lex, &token)) == 0; n++) {
            if (lines[i].plain_result == 0)
                CHECK_STR(token, lines[i].plain[n]);
            free(token);
        }
        CHECK_EQ(r, lines[i].plain_result ? lines[i].plain_result : THRUM_STOP_ITERATION);
        thrum_shlex_free(lex);
    }
}

TEST(without_options_it_is_the_older_syntax) {
    thrum_shlex *lex;
    CHECK_EQ(thrum_shlex_new(&lex, "a 'b'", NULL), 0);
    EXPECT_ALL(lex, "a", "'b'");
}

TEST(posix_without_whitespace_split) {
    EXPECT_ALL(make("a-b 'c d'\"e\"f;g", true, NULL), "a", "-", "b", "c def", ";", "g");
    EXPECT_ALL(make("caf\u00e9 \u6f22", true, NULL), "caf\u00e9", "\u6f22");
    EXPECT_ALL(make("caf\u00e9", false, NULL), "caf", "\u00e9");
    EXPECT_ALL(make("a\u00d7b\u00f7c", true, NULL), "a", "\u00d7", "b", "\u00f7", "c");
}

TEST(a_comment_ends_the_word_in_posix_only) {
    EXPECT_ALL(make("ab#c d\nef", true, NULL), "ab", "ef");
    EXPECT_ALL(make("ab#c d\nef", false, NULL), "abef");
    EXPECT_ALL(make("#", true, NULL), NULL);
    EXPECT_ALL(make("''#", true, NULL), "");
    EXPECT_ALL(make("a;#x\n;b", true, THRUM_SHLEX_PUNCTUATION_CHARS), "a", ";", ";", "b");
    EXPECT_ALL(make("a;#x\n;b", false, THRUM_SHLEX_PUNCTUATION_CHARS), "a", ";;", "b");
}

static const char *const connectors[] = {"&&", "&",  "|&",  ";&", ";;&", "||", "|",
                                         "&|", ";|", ";;|", ";",  ";;",  "<",  ">"};

static void connect_words(const char *format, const char *connector, bool whitespace_split) {
    char line[64];
    snprintf(line, sizeof line, format, connector);
    thrum_shlex *lex = make(line, false, THRUM_SHLEX_PUNCTUATION_CHARS);
    thrum_shlex_set_whitespace_split(lex, whitespace_split);
    EXPECT_ALL(lex, "make", "it", connector, "run", "it");
}

TEST(a_run_of_punctuation_is_one_token) {
    static const char *const formats[] = {"make it %s run it", "make it%s run it", "make it %srun it",
                                          "make it%srun it"};
    for (size_t i = 0; i < sizeof connectors / sizeof connectors[0]; i++)
        for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++) {
            connect_words(formats[f], connectors[i], false);
            connect_words(formats[f], connectors[i], true);
        }
}

TEST(parentheses_are_punctuation) {
    EXPECT_ALL(make("(make it)", false, THRUM_SHLEX_PUNCTUATION_CHARS), "(", "make", "it", ")");
    EXPECT_ALL(make("( make it )", false, THRUM_SHLEX_PUNCTUATION_CHARS), "(", "make", "it", ")");
    EXPECT_ALL(make("( make it )", true, THRUM_SHLEX_PUNCTUATION_CHARS), "(", "make", "it", ")");
}

/* What a caller tells operators from words by. */
TEST(operators_begin_with_punctuation) {
    static const char *const tokens[] = {"a", "&&", "b", "||", "c"};
    thrum_shlex *lex = make("a && b || c", false, THRUM_SHLEX_PUNCTUATION_CHARS);
    CHECK_STR(thrum_shlex_chars(lex, THRUM_SHLEX_PUNCTUATION), "();<>|&");
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(strchr(thrum_shlex_chars(lex, THRUM_SHLEX_PUNCTUATION), tokens[i][0]) != NULL, i % 2);
        expect(lex, tokens[i]);
    }
    expect_end(lex);
    thrum_shlex_free(lex);
}

TEST(punctuation_of_ones_own) {
    static const char line[] = "~/x&&y-z --col=auto||w *.py?";
    EXPECT_ALL(make(line, false, "|"), "~/x", "&", "&", "y-z", "--col=auto", "||", "w", "*.py?");
    thrum_shlex *lex = make(line, false, "|");
    thrum_shlex_set_whitespace_split(lex, true);
    EXPECT_ALL(lex, "~/x&&y-z", "--col=auto", "||", "w", "*.py?");
}

TEST(punctuation_leaves_the_word_characters) {
    thrum_shlex *lex = make("x_y__z", false, "_");
    CHECK(strchr(thrum_shlex_chars(lex, THRUM_SHLEX_WORDCHARS), '_') == NULL);
    CHECK_CONTAINS(thrum_shlex_chars(lex, THRUM_SHLEX_WORDCHARS), "~-./*?=");
    EXPECT_ALL(lex, "x", "_", "y", "__", "z");
    lex = make("x\u00e9y", true, "\u00e9");
    CHECK(strstr(thrum_shlex_chars(lex, THRUM_SHLEX_WORDCHARS), "\u00e9") == NULL);
    EXPECT_ALL(lex, "x", "\u00e9", "y");
}

TEST(punctuation_and_whitespace_split_both_apply) {
    static const char line[] = "x  && y  ||  z";
    EXPECT_ALL(make(line, false, "&"), "x", "&&", "y", "|", "|", "z");
    thrum_shlex *lex = make(line, false, "&");
    thrum_shlex_set_whitespace_split(lex, true);
    CHECK(thrum_shlex_whitespace_split(lex));
    EXPECT_ALL(lex, "x", "&&", "y", "||", "z");
}

TEST(punctuation_in_posix) {
    EXPECT_ALL(make("f >\"abc\"", true, THRUM_SHLEX_PUNCTUATION_CHARS), "f", ">", "abc");
    EXPECT_ALL(make("f >\\\"abc\\\"", true, THRUM_SHLEX_PUNCTUATION_CHARS), "f", ">", "\"abc\"");
}

TEST(punctuation_beyond_ascii) {
    EXPECT_ALL(make("a\u2192\u2192b", false, "\u2192"), "a", "\u2192\u2192", "b");
}

TEST(an_empty_quotation_is_a_token) {
    EXPECT_ALL(make("'')abc", true, NULL), "", ")", "abc");
    EXPECT_ALL(make("'')abc", true, THRUM_SHLEX_PUNCTUATION_CHARS), "", ")", "abc");
    EXPECT_ALL(make("'')abc", false, THRUM_SHLEX_PUNCTUATION_CHARS), "''", ")", "abc");
}

TEST(characters_are_code_points) {
    static const char text[] = "\u2119\u01b4\u2602\u210c\u00f8\u1f24";
    thrum_shlex *lex = make(text, false, THRUM_SHLEX_PUNCTUATION_CHARS);
    thrum_shlex_set_whitespace_split(lex, true);
    EXPECT_ALL(lex, text);
    EXPECT_ALL(make(text, false, THRUM_SHLEX_PUNCTUATION_CHARS), "\u2119", "\u01b4", "\u2602", "\u210c", "\u00f8",
               "\u1f24");
}

TEST(bytes_that_are_not_utf8_stand_for_themselves) {
    EXPECT_ALL(make("\xff\xc3", true, NULL), "\xff", "\xc3");
    EXPECT_ALL(make("a\xed\xa0\x80 \xc0\x80", true, NULL), "a", "\xed", "\xa0", "\x80", "\xc0", "\x80");
    thrum_shlex *lex = make("'a\xff' \xf0\x9f\x98", true, NULL);
    thrum_shlex_set_whitespace_split(lex, true);
    EXPECT_ALL(lex, "a\xff", "\xf0\x9f\x98");
}

TEST(sets_have_pythons_defaults) {
    thrum_shlex *lex = make("", false, NULL);
    CHECK_STR(thrum_shlex_chars(lex, THRUM_SHLEX_WHITESPACE), " \t\r\n");
    CHECK_STR(thrum_shlex_chars(lex, THRUM_SHLEX_COMMENTERS), "#");
    CHECK_STR(thrum_shlex_chars(lex, THRUM_SHLEX_QUOTES), "'\"");
    CHECK_STR(thrum_shlex_chars(lex, THRUM_SHLEX_ESCAPE), "\\");
    CHECK_STR(thrum_shlex_chars(lex, THRUM_SHLEX_ESCAPEDQUOTES), "\"");
    CHECK_STR(thrum_shlex_chars(lex, THRUM_SHLEX_PUNCTUATION), "");
    CHECK_EQ(strlen(thrum_shlex_chars(lex, THRUM_SHLEX_WORDCHARS)), 63);
    CHECK(!thrum_shlex_whitespace_split(lex));
    CHECK(thrum_shlex_source(lex) == NULL);
    CHECK(thrum_shlex_infile(lex) == NULL);
    CHECK(thrum_shlex_chars(lex, THRUM_SHLEX_NUMBER_OF_SETS_) == NULL);
    thrum_shlex_free(lex);
    lex = make("", true, NULL);
    CHECK_EQ(strlen(thrum_shlex_chars(lex, THRUM_SHLEX_WORDCHARS)), 63 + 2 * 62);
    thrum_shlex_free(lex);
}

TEST(sets_can_be_changed) {
    thrum_shlex *lex = make("a,b//c<d e>%f", true, NULL);
    CHECK_EQ(thrum_shlex_set_chars(lex, THRUM_SHLEX_WHITESPACE, ","), 0);
    CHECK_EQ(thrum_shlex_set_chars(lex, THRUM_SHLEX_WORDCHARS, "abcdef/"), 0);
    CHECK_EQ(thrum_shlex_set_chars(lex, THRUM_SHLEX_QUOTES, "<"), 0);
    CHECK_EQ(thrum_shlex_set_chars(lex, THRUM_SHLEX_COMMENTERS, "%"), 0);
    CHECK_STR(thrum_shlex_chars(lex, THRUM_SHLEX_WHITESPACE), ",");
    expect(lex, "a");
    expect_error(lex, THRUM_NO_CLOSING_QUOTATION);
    CHECK_STR(thrum_shlex_token(lex), "b//cd e>%f");
    thrum_shlex_free(lex);
}

TEST(escapes_can_be_changed) {
    thrum_shlex *lex = make("a^ b '^'' \"x\\\"", true, NULL);
    CHECK_EQ(thrum_shlex_set_chars(lex, THRUM_SHLEX_ESCAPE, "^"), 0);
    CHECK_EQ(thrum_shlex_set_chars(lex, THRUM_SHLEX_ESCAPEDQUOTES, "'"), 0);
    EXPECT_ALL(lex, "a b", "'", "x\\");
}

TEST(quotes_beyond_ascii) {
    thrum_shlex *lex = make("a \u00abb c\u00ab \u6f22d \u6f22", true, NULL);
    CHECK_EQ(thrum_shlex_set_chars(lex, THRUM_SHLEX_QUOTES, "\u6f22\u00ab"), 0);
    EXPECT_ALL(lex, "a", "b c", "d ");
}

TEST(punctuation_is_read_only) {
    thrum_shlex *lex = make("a/|b", false, "/|$%^");
    CHECK_STR(thrum_shlex_chars(lex, THRUM_SHLEX_PUNCTUATION), "/|$%^");
    CHECK_EQ(thrum_shlex_set_chars(lex, THRUM_SHLEX_PUNCTUATION, ""), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum_shlex_set_chars(lex, THRUM_SHLEX_NUMBER_OF_SETS_, ""), THRUM_VALUE_ERROR);
    EXPECT_ALL(lex, "a", "/|", "b");
}

TEST(a_long_token_and_many_tokens) {
    enum { size = 1 << 20 };
    char *text = malloc(size + 1);
    memset(text, 'x', size);
    text[size] = '\0';
    EXPECT_ALL(make(text, true, NULL), text);
    memset(text, ';', size);
    thrum_shlex *lex = make(text, true, NULL);
    for (int i = 0; i < size; i++)
        expect(lex, ";");
    expect_end(lex);
    thrum_shlex_free(lex);
    free(text);
}

TEST_MAIN()
