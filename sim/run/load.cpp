#include "sim/run/load.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sstream>

#include "sim/run/machine.hpp"

namespace mxlab::sim {
namespace {
namespace fs = std::filesystem;

std::optional<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return std::nullopt;
  return text.str();
}

/// The scenario's folder comes before the names of configuration files.
bool read_config_file(Loaded& loaded, scenario::HostSpec& spec) {
  if (spec.config_first_line > 0) return true;  // the text itself
  const std::string path = (fs::path(loaded.file).parent_path() / spec.config_file).string();
  auto text = read_text(path);
  if (!text) {
    loaded.errors.push_back(scenario::format(
        {loaded.file, spec.place, fmt::format("cannot read {}", path), "",
         "config: names a file beside the scenario, or is the text itself (config: |)"}));
    return false;
  }
  spec.config_text = std::move(*text);
  return true;
}

void check_config(Loaded& loaded, scenario::HostSpec& spec) {
  if (spec.role != scenario::Role::kRelay || !read_config_file(loaded, spec)) return;
  for (const auto& diagnostic : parse_host_config(spec, loaded.file).diagnostics)
    (diagnostic.warning ? loaded.warnings : loaded.errors).push_back(config::format(diagnostic));
}

}  // namespace

std::vector<std::string> find_scenarios(const std::vector<std::string>& arguments) {
  std::vector<std::string> files;
  for (const std::string& argument : arguments) {
    if (!fs::exists(argument))
      throw std::runtime_error(fmt::format("{}: no such file or folder", argument));
    if (!fs::is_directory(argument)) {
      files.push_back(argument);
      continue;
    }
    std::vector<std::string> below;
    for (const auto& entry : fs::recursive_directory_iterator(argument))
      if (entry.is_regular_file() && entry.path().extension() == ".yaml")
        below.push_back(entry.path().string());
    std::sort(below.begin(), below.end());
    files.insert(files.end(), below.begin(), below.end());
  }
  return files;
}

Loaded load_scenario(const std::string& file) {
  if (auto text = read_text(file)) return load_scenario(file, *text);
  Loaded loaded;
  loaded.file = file;
  loaded.errors.push_back(fmt::format("{}: cannot be read\n", file));
  return loaded;
}

Loaded load_scenario(const std::string& file, const std::string& text) {
  Loaded loaded;
  loaded.file = file;
  auto parsed = scenario::parse(file, text);
  for (const auto& diagnostic : parsed.diagnostics)
    loaded.errors.push_back(scenario::format(diagnostic));
  if (!parsed.scenario) return loaded;
  for (auto& spec : parsed.scenario->hosts) check_config(loaded, spec);
  if (loaded.errors.empty()) loaded.scenario = std::move(parsed.scenario);
  return loaded;
}

}  // namespace mxlab::sim
