// program.cpp - what all commands share: how errors of usage are told, and what else can go wrong.
#include <cstdio>
#include <fmt/format.h>
#include <system_error>

#include "sim/cli/commands.hpp"
#include "sim/report/outcome.hpp"
#include "sim/scenario/values.hpp"
#include "sim/scenario/words.hpp"

namespace mxlab::cli {
namespace {

/// The first word that is no option, when it names no command.
std::string unknown_command(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2 || argv[1][0] == '-') return {};
  for (const CLI::App* command : app.get_subcommands({}))
    if (command->check_name(argv[1])) return {};
  return argv[1];
}

int tell_unknown_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({}))
    if (!command->get_group().empty()) names.push_back(command->get_name());
  const std::vector<std::string_view> words(names.begin(), names.end());
  fmt::print(stderr, "mxlab: there is no command \"{}\"\n  = {}\n  = mxlab --help tells more\n",
             word, scenario::words::suggestion(word, words));
  return kWrongUsage;
}

int parse_and_run(CLI::App& app, int argc, const char* const* argv) {
  Exit exit;
  add_run(app, exit);
  add_check(app, exit);
  add_list(app, exit);
  add_replay(app, exit);
  add_points(app, exit);
  add_minimise(app, exit);
  add_diverge(app, exit);
  add_sweep(app, exit);
  add_merge(app, exit);
  add_report(app, exit);
  add_study(app, exit);
  add_compare(app, exit);
  add_actor(app, exit);
  app.require_subcommand(1);
  if (const std::string word = unknown_command(app, argc, argv); !word.empty())
    return tell_unknown_command(app, word);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  return exit.code;
}

}  // namespace

const char* const kExitCodes =
    "Exit codes: 0 all is well, 1 a promise was broken, 2 a scenario or the usage is wrong,\n"
    "3 the lab itself failed, 4 not deterministic, 5 nothing was tested.";

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

int tell_wrong(const std::vector<std::string>& errors) {
  for (const std::string& error : errors) fmt::print(stderr, "{}\n", error);
  return report::exit_code(report::Verdict::kWrong);
}

int tell_sound(const std::string& file, std::uint64_t seed) {
  fmt::print(stderr, "{} does not fail with seed {}: there is nothing to look for\n", file, seed);
  return report::kNothingTested;
}

std::string not_a_time(const std::string& text) {
  return scenario::parse_duration(text) ? "" : "write a time like 310s, 1h30m or 4d";
}

int run_program(CLI::App& app, int argc, const char* const* argv) {
  try {
    return parse_and_run(app, argc, argv);
  } catch (const std::system_error& error) {
    fmt::print(stderr, "mxlab: {}\n", error.what());
    return kLabFailed;
  } catch (const std::exception& error) {
    fmt::print(stderr, "mxlab: {}\n", error.what());
    return kWrongUsage;
  }
}

}  // namespace mxlab::cli
