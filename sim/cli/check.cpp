// check.cpp - mxlab check: what is wrong with scenarios, without running them.
#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "sim/report/outcome.hpp"
#include "sim/report/paint.hpp"
#include "sim/run/load.hpp"

namespace mxlab::cli {
namespace {

/// Counts the files that are wrong.
std::size_t check_all(const std::vector<std::string>& files, const report::Paint& paint) {
  std::size_t wrong = 0;
  for (const std::string& file : files) {
    const sim::Loaded loaded = sim::load_scenario(file);
    wrong += loaded.scenario ? 0 : 1;
    for (const std::string& error : loaded.errors) print(error + "\n");
    for (const std::string& warning : loaded.warnings) print(warning + "\n");
    print(fmt::format("{} {}\n", loaded.scenario ? paint.passed() : paint.failed(), file));
  }
  return wrong;
}

int check(const std::vector<std::string>& paths) {
  const auto files = sim::find_scenarios(paths);
  if (files.empty()) {
    print("Nothing was checked.\n");
    return report::kNothingTested;
  }
  const std::size_t wrong = check_all(files, report::Paint::for_output());
  print(fmt::format("{} scenarios: {}\n", files.size(),
                    wrong == 0 ? "all are well-formed" : fmt::format("{} wrong", wrong)));
  return wrong == 0 ? 0 : report::exit_code(report::Verdict::kWrong);
}

}  // namespace

void add_check(CLI::App& app, Exit& exit) {
  auto paths = std::make_shared<std::vector<std::string>>(1, "scenarios");
  CLI::App* command = app.add_subcommand(
      "check", "Say what is wrong with scenarios and their smtpd.conf, without running them");
  command->add_option("PATHS", *paths, "Scenario files, and folders with *.yaml below")
      ->capture_default_str();
  command->footer(
      "Example:\n  mxlab check scenarios/blog\n\n"
      "Exit codes: 0 all is well, 2 a scenario is wrong, 5 there was none.");
  command->callback([paths, &exit] { exit.code = check(*paths); });
}

}  // namespace mxlab::cli
