// minimise.cpp - mxlab minimise: the smallest scenario that fails like the one given.
#include "sim/shrink/minimise.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <thread>

#include "sim/cli/commands.hpp"
#include "sim/report/files.hpp"
#include "sim/run/load.hpp"
#include "sim/scenario/values.hpp"

namespace mxlab::cli {
namespace {
struct MinimiseSettings {
  std::string file, output = "-", time = "10m";
  std::optional<std::uint64_t> seed;
  std::size_t jobs = std::max(1u, std::thread::hardware_concurrency());
};

/// A sentence as comment lines.
std::string comment(const std::string& first, const std::string& text) {
  constexpr std::size_t kColumns = 100;
  std::string out, line = "# " + first;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    if (line.size() + 1 + end - begin > kColumns) {
      out += line + "\n";
      line = "#  ";
    }
    line += " " + text.substr(begin, end - begin);
    begin = end + 1;
  }
  return out + line + "\n";
}

std::string with_header(const MinimiseSettings& settings, const shrink::Minimised& result) {
  const std::string file = settings.output == "-" ? "FILE" : settings.output;
  return comment("Fails:", result.failure->sentence) +
         fmt::format("# Again: mxlab run {} --seed {} --verbose\n", file, result.seed) +
         "# Made smaller by mxlab minimise: with less of it, it does not fail in this way.\n" +
         result.text;
}

int minimise(const MinimiseSettings& settings) {
  const sim::Loaded loaded = sim::load_scenario(settings.file);
  if (!loaded.scenario) return tell_wrong(loaded.errors);
  shrink::MinimiseOptions options;
  options.seed = settings.seed;
  options.jobs = settings.jobs;
  options.time = std::chrono::ceil<std::chrono::seconds>(*scenario::parse_duration(settings.time));
  options.progress = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  const auto result = shrink::minimise(settings.file, loaded.scenario->text, options);
  if (!result.failure)
    return tell_sound(settings.file, settings.seed.value_or(loaded.scenario->seed));
  report::write_report(settings.output, with_header(settings, result));
  fmt::print(stderr, "{}: {} steps, after {} stories{}\n", result.failure->sentence, result.steps,
             result.played, result.complete ? "" : "; time is up, it may become smaller still");
  return 0;
}

}  // namespace

void add_minimise(CLI::App& app, Exit& exit) {
  auto settings = std::make_shared<MinimiseSettings>();
  CLI::App* command = app.add_subcommand(
      "minimise", "Make a failing scenario as small as can be, so that it still fails alike");
  command->add_option("FILE", settings->file, "A scenario file")->required();
  command->add_option("-o,--output", settings->output, "Where to; - is standard output")
      ->type_name("FILE")
      ->capture_default_str();
  command->add_option("-s,--seed", settings->seed, "Instead of the scenario's own")->type_name("N");
  command->add_option("--time", settings->time, "Then the smallest so far has to do")
      ->type_name("TIME")
      ->capture_default_str()
      ->check(CLI::Validator(not_a_time, ""));
  command->add_option("-j,--jobs", settings->jobs, "So many stories at a time")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command->footer(
      "Example:\n"
      "  mxlab minimise failing.yaml --seed 4711 -o scenarios/restart/lost-in-the-burst.yaml\n\n"
      "Exit codes: 0 it is smaller now, 2 the scenario or the usage is wrong, 3 the lab itself\n"
      "failed, 5 the scenario does not fail.");
  command->callback([settings, &exit] { exit.code = minimise(*settings); });
}

}  // namespace mxlab::cli
