// files.hpp - reports as files for other programs: JSON and JUnit.
#pragma once
#include <string>
#include <vector>

#include "sim/report/outcome.hpp"

namespace mxlab::report {

/// {"mxlab": version, "verdict": …, "exit_code": …, "scenarios": […]}; each scenario as to_json()
/// has it, without the story.
std::string json_report(const std::vector<Outcome>& outcomes);

/// One testcase for each file, in the testsuite of its folder. A broken promise is a failure;
/// a wrong scenario or a failed lab is an error.
std::string junit_report(const std::vector<Outcome>& outcomes);

/// Of the worst outcome; kNothingTested when there is none.
int exit_code(const std::vector<Outcome>& outcomes);

/// Writes a report; "-" is standard output. Throws std::system_error.
void write_report(const std::string& file, const std::string& text);

}  // namespace mxlab::report
