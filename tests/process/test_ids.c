/* Users and groups by name and by number. */
#include "process/ids.h"
#include "test.h"

#include <thrum/base.h>

TEST(root_by_name_and_by_number) {
    uid_t user = 99;
    gid_t group = 99;
    CHECK_EQ(thrum__user_id("root", &user), 0);
    CHECK_EQ(user, 0);
    CHECK_EQ(thrum__group_id("root", &group), 0);
    CHECK_EQ(group, 0);
    CHECK_EQ(thrum__user_id("12345", &user), 0);
    CHECK_EQ(user, 12345);
}

TEST(a_number_needs_no_entry) {
    gid_t group;
    CHECK_EQ(thrum__group_id("4000000000", &group), 0);
    CHECK_EQ(group, 4000000000u);
}

TEST(an_unknown_name_is_a_key_error_and_leaves_the_result) {
    uid_t user = 99;
    CHECK_EQ(thrum__user_id("no-such-user-here", &user), THRUM_KEY_ERROR);
    CHECK_EQ(thrum__group_id("no-such-group-here", &user), THRUM_KEY_ERROR);
    CHECK_EQ(thrum__user_id("", &user), THRUM_KEY_ERROR);
    CHECK_EQ(thrum__user_id("-", &user), THRUM_KEY_ERROR);
    CHECK_EQ(user, 99);
}

TEST(a_negative_number_is_a_value_error) {
    uid_t user;
    CHECK_EQ(thrum__user_id("-1", &user), THRUM_VALUE_ERROR);
    CHECK_EQ(thrum__group_id("-41", &user), THRUM_VALUE_ERROR);
}

TEST(a_number_beyond_all_ids_is_an_overflow) {
    uid_t user;
    CHECK_EQ(thrum__user_id("4294967295", &user), THRUM_OVERFLOW_ERROR); /* (uid_t)-1 means "unchanged" */
    CHECK_EQ(thrum__user_id("4294967294", &user), 0);
    CHECK_EQ(thrum__user_id("18446744073709551616", &user), THRUM_OVERFLOW_ERROR);
}

TEST_MAIN()
