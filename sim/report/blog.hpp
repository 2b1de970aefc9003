// blog.hpp - the two experiments of the tutorial as readable pages: its rows, those of real
// OpenSMTPD, and those of a run made now.
#pragma once
#include <map>
#include <string>

namespace mxlab::report {

/// File name -> Markdown. Runs SCENARIOS/blog/experiment-1.yaml and -2.yaml.
/// Throws std::runtime_error when a scenario does not hold: then there is nothing to publish.
std::map<std::string, std::string> blog_pages(const std::string& scenarios);

}  // namespace mxlab::report
