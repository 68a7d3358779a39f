/* test_history_models.c - histories that have an order, and histories that have none: a line for each rule of each
 * model. */
#include <errno.h>

#include "histories.h"

TEST(register_gives_what_was_written_last) {
    HAS_ORDER(register, {0, 1, 2, write_, 5}, {1, 3, 4, read_, .value = 5});
    NO_ORDER(register, 4, {0, 1, 2, write_, 5}, {1, 3, 4, read_, .value = 0});
}

TEST(register_gives_either_while_it_is_written) {
    HAS_ORDER(register, {0, 1, 4, write_, 5}, {1, 2, 3, read_, .value = 5});
    HAS_ORDER(register, {0, 1, 4, write_, 5}, {1, 2, 3, read_, .value = 0});
}

TEST(register_does_not_go_back) {
    NO_ORDER(register, 5, {0, 1, 6, write_, 5}, {1, 2, 3, read_, .value = 5}, {1, 4, 5, read_, .value = 0});
    HAS_ORDER(register, {0, 1, 6, write_, 5}, {1, 2, 3, read_, .value = 0}, {1, 4, 5, read_, .value = 5});
}

TEST(register_begins_as_its_options_say) {
    thrum_history_options seven = {.initial = 7};
    checked(&thrum_model_register, seven, LINES({0, 1, 2, read_, .value = 7}), 0);
    checked(&thrum_model_register, seven, LINES({0, 1, 2, read_, .value = 0}), THRUM_HISTORY_VIOLATED);
}

TEST(only_one_swaps_from_the_same_value) {
    HAS_ORDER(register, {0, 1, 4, swap, 0, 1, 1}, {1, 2, 3, swap, 0, 2, 0});
    NO_ORDER(register, 4, {0, 1, 4, swap, 0, 1, 1}, {1, 2, 3, swap, 0, 2, 1});
    NO_ORDER(register, 4, {0, 1, 4, swap, 0, 1, 0}, {1, 2, 3, swap, 0, 2, 0});
}

TEST(counter_gives_each_value_once) {
    HAS_ORDER(counter, {0, 1, 4, add, 1, .value = 1}, {1, 2, 3, add, 1, .value = 0}, {2, 5, 6, read_, .value = 2});
    NO_ORDER(counter, 4, {0, 1, 4, add, 1, .value = 0}, {1, 2, 3, add, 1, .value = 0});
    NO_ORDER(counter, 6, {0, 1, 4, add, 1, .value = 1}, {1, 2, 3, add, 1, .value = 0}, {2, 5, 6, read_, .value = 1});
}

TEST(queue_gives_the_oldest) {
    HAS_ORDER(queue, {0, 1, 2, put, 1}, {0, 3, 4, put, 2}, {1, 5, 6, get, .value = 1}, {1, 7, 8, get, .value = 2});
    NO_ORDER(queue, 6, {0, 1, 2, put, 1}, {0, 3, 4, put, 2}, {1, 5, 6, get, .value = 2});
    NO_ORDER(queue, 6, {0, 1, 2, put, 1}, {1, 3, 4, get, .value = 1}, {1, 5, 6, get, .value = 1});
}

TEST(queue_keeps_no_order_of_puts_at_the_same_time) {
    HAS_ORDER(queue, {0, 1, 3, put, 1}, {1, 2, 4, put, 2}, {2, 5, 6, get, .value = 1}, {2, 7, 8, get, .value = 2});
    HAS_ORDER(queue, {0, 1, 3, put, 1}, {1, 2, 4, put, 2}, {2, 5, 6, get, .value = 2}, {2, 7, 8, get, .value = 1});
}

TEST(queue_is_empty_only_when_it_is) {
    HAS_ORDER(queue, {0, 1, 3, put, 1}, {1, 2, 4, get, .result = THRUM_EMPTY});
    NO_ORDER(queue, 4, {0, 1, 2, put, 1}, {1, 3, 4, get, .result = THRUM_EMPTY});
    NO_ORDER(queue, 2, {1, 1, 2, get, .value = 0});
}

TEST(queue_is_full_only_at_its_limit) {
    thrum_history_options one = {.limit = 1};
    checked(&thrum_model_queue, one, LINES({0, 1, 2, put, 1}, {1, 3, 4, put, 2, .result = THRUM_FULL}), 0);
    checked(&thrum_model_queue, one, LINES({0, 1, 2, put, 1}, {1, 3, 4, put, 2}), THRUM_HISTORY_VIOLATED);
    NO_ORDER(queue, 2, {1, 1, 2, put, 2, .result = THRUM_FULL});
}

TEST(queue_counts_its_items) {
    HAS_ORDER(queue, {0, 1, 2, put, 1}, {0, 3, 6, put, 2}, {1, 4, 5, size, .value = 1});
    HAS_ORDER(queue, {0, 1, 2, put, 1}, {0, 3, 6, put, 2}, {1, 4, 5, size, .value = 2});
    NO_ORDER(queue, 5, {0, 1, 2, put, 1}, {0, 3, 6, put, 2}, {1, 4, 5, size, .value = 0});
}

TEST(queue_that_is_shut_down_gives_what_is_left) {
    HAS_ORDER(queue, {0, 1, 2, put, 1}, {0, 3, 4, shut, 0}, {1, 5, 6, get, .value = 1},
              {1, 7, 8, get, .result = THRUM_SHUT_DOWN}, {0, 9, 10, put, 2, .result = THRUM_SHUT_DOWN});
    HAS_ORDER(queue, {0, 1, 2, put, 1}, {0, 3, 4, shut, 1}, {1, 5, 6, get, .result = THRUM_SHUT_DOWN});
    NO_ORDER(queue, 6, {0, 1, 2, put, 1}, {0, 3, 4, shut, 0}, {1, 5, 6, get, .result = THRUM_SHUT_DOWN});
    NO_ORDER(queue, 4, {0, 1, 2, shut, 0}, {1, 3, 4, put, 1});
}

TEST(an_error_of_the_system_is_no_operation) {
    HAS_ORDER(queue, {0, 1, 2, put, 1, .result = -ENOMEM}, {1, 3, 4, get, .result = THRUM_EMPTY});
}

TEST(stack_gives_the_newest) {
    HAS_ORDER(stack, {0, 1, 2, put, 1}, {0, 3, 4, put, 2}, {1, 5, 6, get, .value = 2}, {1, 7, 8, get, .value = 1});
    NO_ORDER(stack, 6, {0, 1, 2, put, 1}, {0, 3, 4, put, 2}, {1, 5, 6, get, .value = 1});
}

TEST(priority_queue_gives_the_smallest) {
    HAS_ORDER(priority_queue, {0, 1, 2, put, 5}, {0, 3, 4, put, 3}, {0, 5, 6, put, 5}, {1, 7, 8, get, .value = 3},
              {1, 9, 10, get, .value = 5}, {1, 11, 12, get, .value = 5});
    NO_ORDER(priority_queue, 6, {0, 1, 2, put, 5}, {0, 3, 4, put, 3}, {1, 5, 6, get, .value = 5});
}

TEST(set_says_what_is_in_it) {
    HAS_ORDER(set, {0, 1, 2, insert, 4, .result = 1}, {0, 3, 4, insert, 4, .result = 0},
              {1, 5, 6, contains, 4, .result = 1}, {1, 7, 8, size, .value = 1}, {1, 9, 10, remove_, 4, .result = 1},
              {1, 11, 12, contains, 4, .result = 0}, {1, 13, 14, remove_, 4, .result = 0});
    NO_ORDER(set, 4, {0, 1, 3, insert, 4, .result = 1}, {1, 2, 4, insert, 4, .result = 1});
    NO_ORDER(set, 4, {0, 1, 2, insert, 4, .result = 1}, {1, 3, 4, contains, 4, .result = 0});
}

TEST(lock_has_one_owner) {
    HAS_ORDER(lock, {0, 1, 2, acquire}, {1, 3, 6, acquire}, {0, 4, 5, release}, {1, 7, 8, release});
    NO_ORDER(lock, 4, {0, 1, 2, acquire}, {1, 3, 4, acquire});
    NO_ORDER(lock, 2, {0, 1, 2, release});
    HAS_ORDER(lock, {0, 1, 2, release, .result = THRUM_RUNTIME_ERROR});
}

TEST(lock_is_given_up_only_while_taken) {
    HAS_ORDER(lock, {0, 1, 2, acquire}, {1, 3, 4, acquire, .result = THRUM_TIMED_OUT},
              {1, 5, 6, locked, .result = 1});
    NO_ORDER(lock, 2, {1, 1, 2, acquire, .result = THRUM_TIMED_OUT});
    NO_ORDER(lock, 2, {1, 1, 2, locked, .result = 1});
}

TEST(lock_may_be_released_by_another) {
    HAS_ORDER(lock, {0, 1, 2, acquire}, {1, 3, 4, release});
}

TEST(rlock_is_released_by_its_owner) {
    HAS_ORDER(rlock, {0, 1, 2, acquire}, {0, 3, 4, acquire}, {1, 5, 6, release, .result = THRUM_RUNTIME_ERROR},
              {0, 7, 8, release}, {1, 9, 12, acquire}, {0, 10, 11, release});
    NO_ORDER(rlock, 4, {0, 1, 2, acquire}, {1, 3, 4, release});
    NO_ORDER(rlock, 8, {0, 1, 2, acquire}, {0, 3, 4, acquire}, {0, 5, 6, release}, {1, 7, 8, acquire});
}

TEST(semaphore_gives_what_it_has) {
    thrum_history_options two = {.initial = 1, .limit = 2};
    checked(&thrum_model_semaphore, two,
            LINES({0, 1, 2, acquire}, {1, 3, 4, acquire, .result = THRUM_TIMED_OUT}, {0, 5, 6, release, 2},
                  {0, 7, 8, read_, .value = 2}, {0, 9, 10, release, 1, .result = THRUM_VALUE_ERROR}),
            0);
    checked(&thrum_model_semaphore, two, LINES({0, 1, 2, acquire}, {1, 3, 4, acquire}), THRUM_HISTORY_VIOLATED);
    checked(&thrum_model_semaphore, two, LINES({0, 1, 2, release, 2}), THRUM_HISTORY_VIOLATED);
}

/* What has not returned may have happened. */
TEST(pending_operation_explains_a_later_one) {
    thrum_history_result result =
        checked(&thrum_model_queue, options, LINES({0, 1, never, put, 1}, {1, 2, 3, get, .value = 1}), 0);
    CHECK_EQ(result.pending, 1);
}

TEST(pending_operation_need_not_have_happened) {
    HAS_ORDER(queue, {0, 1, never, put, 1}, {1, 2, 3, get, .result = THRUM_EMPTY});
    HAS_ORDER(queue, {0, 1, 2, put, 1}, {2, 3, never, get}, {1, 4, 5, get, .value = 1});
    HAS_ORDER(queue, {0, 1, 2, put, 1}, {2, 3, never, get}, {1, 4, 5, get, .result = THRUM_EMPTY});
    HAS_ORDER(lock, {0, 1, 2, acquire}, {1, 3, never, acquire});
}

TEST(pending_operation_happens_once) {
    NO_ORDER(queue, 5, {0, 1, never, put, 1}, {1, 2, 3, get, .value = 1}, {1, 4, 5, get, .value = 1});
}

TEST(pending_operation_explains_nothing_before_it) {
    NO_ORDER(queue, 2, {1, 1, 2, get, .value = 1}, {0, 3, never, put, 1});
}

/* A read that comes back later could have seen anything, as far as the prefix tells. */
TEST(prefix_is_of_what_is_known_then) {
    NO_ORDER(counter, 6, {0, 1, 2, add, 1, .value = 0}, {1, 3, 6, read_, .value = 9}, {0, 4, 5, add, 1, .value = 1},
             {0, 7, 8, add, 1, .value = 2});
}

/* A get that will return 2 must not be taken for the explanation of a queue that should be empty before. */
TEST(prefix_is_the_shortest) {
    NO_ORDER(queue, 8, {0, 1, 2, put, 1}, {1, 3, 8, get, .value = 7}, {0, 4, 5, put, 2}, {2, 6, 7, size, .value = 1});
}

TEST(models_refuse_verbs_that_they_do_not_know) {
    const thrum_history_model *models[] = {
        &thrum_model_register, &thrum_model_counter,        &thrum_model_stack,
        &thrum_model_queue,    &thrum_model_priority_queue, &thrum_model_set,
        &thrum_model_lock,     &thrum_model_rlock,          &thrum_model_semaphore};
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        checked(models[i], options, LINES({0, 1, 2, THRUM_HISTORY_VERB_COUNT_}), THRUM_HISTORY_VIOLATED);
}

TEST_MAIN()
