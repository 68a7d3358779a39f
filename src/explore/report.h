/* report.h - what was found, in figures and in words. */
#ifndef THRUM_EXPLORE_REPORT_H
#define THRUM_EXPLORE_REPORT_H

#include "explore/shared.h"

/* How the test is called. */
const char *x_report_name(const x_shared *shared);

/* How the strategy is called; in `buffer`. */
const char *x_report_strategy(const x_order *order, char *buffer, size_t size);

/* All figures but those of the failure; then how many switches and faults the one in `order` has. */
void x_report_figures(const x_shared *shared, thrum_explore_result *result);
void x_report_switches(const x_order *order, thrum_explore_result *result);

/* A race in the words of the program's source, in outcome.text. */
void x_report_race(x_shared *shared);

/* What was found first, for the case that it does not come again. */
void x_report_found_first(const x_outcome *outcome);

/* The text for people, after the figures. `path` is of the file that was to be saved, or NULL; `saved` what came of
 * it: 0 or a negative code. */
void x_report_failure(const x_shared *shared, thrum_explore_result *result, const char *strategy, const char *path,
                      int saved);
void x_report_pass(const x_shared *shared, thrum_explore_result *result);

#endif
