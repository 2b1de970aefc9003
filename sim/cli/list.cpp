// list.cpp - mxlab list: which scenarios there are, and what each is about.
#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "sim/report/outcome.hpp"
#include "sim/report/paint.hpp"
#include "sim/report/story.hpp"
#include "sim/run/load.hpp"

namespace mxlab::cli {
namespace {

/// Up to the first full stop, colon or semicolon that ends a thought.
std::string first_sentence(const std::string& explain) {
  const std::string text = report::one_line(explain);
  const std::size_t end = text.find(". ");
  return end == text.npos ? text : text.substr(0, end + 1);
}

std::string entry(const std::string& file, const report::Paint& paint) {
  const sim::Loaded loaded = sim::load_scenario(file);
  if (!loaded.scenario)
    return fmt::format("{}\n    {} (mxlab check {} says why)\n", paint.bold(file),
                       paint.red("is wrong"), file);
  const scenario::Scenario& scenario = *loaded.scenario;
  const std::string group = scenario.group.empty() ? "" : "  [" + scenario.group + "]";
  return fmt::format("{}{}\n    {}\n    {}\n", paint.bold(file), paint.cyan(group), scenario.name,
                     paint.dim(first_sentence(scenario.explain)));
}

int list(const std::vector<std::string>& paths) {
  const auto files = sim::find_scenarios(paths);
  const auto paint = report::Paint::for_output();
  for (const std::string& file : files) print(entry(file, paint));
  print(fmt::format("{} scenarios\n", files.size()));
  return files.empty() ? report::kNothingTested : 0;
}

}  // namespace

void add_list(CLI::App& app, Exit& exit) {
  auto paths = std::make_shared<std::vector<std::string>>(1, "scenarios");
  CLI::App* command =
      app.add_subcommand("list", "Name each scenario, its group, and what it is about");
  command->add_option("PATHS", *paths, "Scenario files, and folders with *.yaml below")
      ->capture_default_str();
  command->footer("Example:\n  mxlab list scenarios/route");
  command->callback([paths, &exit] { exit.code = list(*paths); });
}

}  // namespace mxlab::cli
