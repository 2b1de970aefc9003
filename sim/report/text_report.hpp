// text_report.hpp - what a run says to people: a line per scenario, why it failed, a last line.
#pragma once
#include <string>
#include <vector>

#include "sim/report/outcome.hpp"
#include "sim/report/paint.hpp"

namespace mxlab::report {

/// The line of one scenario and, when all is not well, the reasons below it.
std::string outcome_text(const Outcome& outcome, const Paint& paint);

/// "58 scenarios: 57 passed, 1 failed; 812 promises, 5.2 d of virtual time in 0.9 s"
std::string summary_text(const std::vector<Outcome>& outcomes, double seconds, const Paint& paint);

/// "346.5 s", "26.7 min", "4.0 d"
std::string span_text(double seconds);

/// Expected and actual; texts of several lines are compared line by line.
std::string comparison_text(const std::string& expected, const std::string& actual,
                            const Paint& paint);

}  // namespace mxlab::report
