/* The names of objects: the table grows, forgets, cuts, and loses nothing when memory runs out. */
#include <errno.h>
#include <pthread.h>
#include <thrum.h>

#include "fault.h"
#include "test.h"
#include "threading/deadlock_internal.h"

enum { many = 5000, threads = 4 };
static thrum_lock locks[many];

static const char *name_of(const void *object) {
    static char buffer[64];
    thrum__object_name(object, buffer, sizeof buffer);
    return buffer;
}

static const char *number(int i) {
    static char buffer[20];
    snprintf(buffer, sizeof buffer, "lock-%d", i);
    return buffer;
}

TEST(unnamed_is_empty) {
    CHECK_STR(name_of(&locks[0]), "");
}

TEST(set_replaced_and_taken_away) {
    CHECK_EQ(thrum_set_object_name(&locks[0], "first"), 0);
    CHECK_STR(name_of(&locks[0]), "first");
    CHECK_EQ(thrum_set_object_name(&locks[0], "second"), 0);
    CHECK_STR(name_of(&locks[0]), "second");
    CHECK_EQ(thrum_set_object_name(&locks[0], NULL), 0);
    CHECK_STR(name_of(&locks[0]), "");
    CHECK_EQ(fault_live(), 0);
    CHECK_EQ(thrum_set_object_name(&locks[0], NULL), 0);
}

TEST(name_is_copied) {
    char name[] = "mine";
    CHECK_EQ(thrum_set_object_name(&locks[0], name), 0);
    name[0] = 'x';
    CHECK_STR(name_of(&locks[0]), "mine");
}

TEST(many_names) {
    for (int i = 0; i < many; i++)
        CHECK_EQ(thrum_set_object_name(&locks[i], number(i)), 0);
    for (int i = 0; i < many; i += 2)
        CHECK_EQ(thrum_set_object_name(&locks[i], NULL), 0);
    for (int i = 0; i < many; i++)
        CHECK_STR(name_of(&locks[i]), i % 2 ? number(i) : "");
}

TEST(long_name_is_cut_after_a_whole_character) {
    char name[100];
    memset(name, 'a', sizeof name);
    memcpy(name + 62, "\xc3\xa9", 2);
    name[99] = '\0';
    CHECK_EQ(thrum_set_object_name(&locks[0], name), 0);
    CHECK_EQ(strlen(name_of(&locks[0])), 62);
}

static void *name_a_quarter(void *arg) {
    for (int i = (int)(intptr_t)arg; i < many; i += threads)
        CHECK_EQ(thrum_set_object_name(&locks[i], "x"), 0);
    return NULL;
}

TEST(growing_from_several_threads) {
    pthread_t thread[threads];
    for (int i = 0; i < threads; i++)
        CHECK_EQ(pthread_create(&thread[i], NULL, name_a_quarter, (void *)(intptr_t)i), 0);
    for (int i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < many; i++)
        CHECK_STR(name_of(&locks[i]), "x");
}

TEST(no_memory_changes_nothing) {
    CHECK_EQ(thrum_set_object_name(&locks[0], "kept"), 0);
    fault_arm(1);
    CHECK_EQ(thrum_set_object_name(&locks[0], "new"), -ENOMEM);
    CHECK(fault_disarm());
    CHECK_STR(name_of(&locks[0]), "kept");
}

TEST(no_memory_to_grow_is_no_failure) {
    for (int i = 0; i < 64; i++)
        CHECK_EQ(thrum_set_object_name(&locks[i], number(i)), 0);
    fault_arm(2);
    CHECK_EQ(thrum_set_object_name(&locks[64], number(64)), 0);
    CHECK(fault_disarm());
    for (int i = 0; i <= 64; i++)
        CHECK_STR(name_of(&locks[i]), number(i));
}

TEST_MAIN()
