// diverge.cpp - mxlab diverge: the moment after which a failure is certain.
#include "sim/shrink/diverge.hpp"

#include <fmt/format.h>
#include <thread>

#include "sim/cli/commands.hpp"
#include "sim/report/outcome.hpp"
#include "sim/report/paint.hpp"
#include "sim/run/load.hpp"

namespace mxlab::cli {
namespace {

struct DivergeSettings {
  std::string file;
  shrink::DivergeOptions options{.jobs = std::max(1u, std::thread::hardware_concurrency())};
};

double seconds(world::Duration time) { return std::chrono::duration<double>(time).count(); }

std::string table(const shrink::Diverged& found, std::size_t samples) {
  std::string out = fmt::format("{:>12}  {:>9}  {}\n", "time", "step", "fails");
  for (const shrink::Share& share : found.shares)
    out +=
        fmt::format("{:>11.3f}s  {:>9}  {} of {}{}\n", seconds(share.at), share.step, share.failing,
                    samples, share.step == found.certain ? "  from here on it is certain" : "");
  return out;
}

std::string events_text(const shrink::Diverged& found, const report::Paint& paint) {
  if (!found.certain) return "\nIt is certain from the first step on: chance has no part in it.\n";
  std::string out = fmt::format("\nWhat happens there (step {}):\n", *found.certain);
  for (const shrink::NearEvent& event : found.events)
    out += event.decides ? paint.bold(fmt::format("> {}", event.line)) + "\n"
                         : fmt::format("  {}\n", event.line);
  return out;
}

int diverge(const DivergeSettings& settings) {
  const sim::Loaded loaded = sim::load_scenario(settings.file);
  if (!loaded.scenario) return tell_wrong(loaded.errors);
  const auto found = shrink::diverge(*loaded.scenario, settings.options);
  if (!found.failure) return tell_sound(settings.file, found.seed);
  const auto paint = report::Paint::for_output();
  print(fmt::format("{} fails with seed {}: {}\n", settings.file, found.seed,
                    found.failure->sentence));
  print(fmt::format("Chance drawn anew after each of these moments, {} times:\n\n",
                    settings.options.samples));
  print(table(found, settings.options.samples) + events_text(found, paint));
  print(fmt::format("\n{} mxlab run {} --seed {} --verbose\n", paint.bold("Again:"), settings.file,
                    found.seed));
  return report::exit_code(report::Verdict::kFailed);
}

}  // namespace

void add_diverge(CLI::App& app, Exit& exit) {
  auto settings = std::make_shared<DivergeSettings>();
  CLI::App* command = app.add_subcommand(
      "diverge", "Find the moment after which a failing scenario is sure to fail");
  command->add_option("FILE", settings->file, "A scenario file")->required();
  command->add_option("-s,--seed", settings->options.seed, "Instead of the scenario's own")
      ->type_name("N");
  command
      ->add_option("--samples", settings->options.samples,
                   "So many times chance is drawn anew at each moment")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, shrink::kMostSamples));
  command->add_option("-j,--jobs", settings->options.jobs, "So many at a time")
      ->type_name("N")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command->footer(
      "Example:\n"
      "  mxlab diverge failing.yaml --seed 4711 --samples 50\n\n"
      "Exit codes: 1 it fails, and the table says from when on; 2 the scenario or the usage is\n"
      "wrong, 3 the lab itself failed, 5 the scenario does not fail.");
  command->callback([settings, &exit] { exit.code = diverge(*settings); });
}

}  // namespace mxlab::cli
