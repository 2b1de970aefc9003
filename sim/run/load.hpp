// load.hpp - scenario files from the disk: found, read, parsed, their smtpd.conf checked.
#pragma once
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace mxlab::sim {

struct Loaded {
  std::string file;
  std::optional<scenario::Scenario> scenario;  // absent when there is any error
  std::vector<std::string> errors;             // each ready to be printed
  std::vector<std::string> warnings;
};

/// The scenario files behind the arguments: files as they are, folders with all *.yaml below them,
/// sorted. Throws std::runtime_error with a sentence when one of them does not exist.
std::vector<std::string> find_scenarios(const std::vector<std::string>& arguments);

/// Reads one file and the configuration files that it names.
Loaded load_scenario(const std::string& file);
/// The same, as if the file held this text.
Loaded load_scenario(const std::string& file, const std::string& text);

}  // namespace mxlab::sim
