#include "sim/live/live_play.hpp"

#include <fmt/format.h>
#include <optional>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

#include "sim/live/explained.hpp"
#include "sim/live/live_lab.hpp"
#include "sim/live/playable.hpp"
#include "sim/live/programs.hpp"
#include "sim/live/sandbox.hpp"
#include "sim/live/transcript.hpp"
#include "sim/live/wire_capture.hpp"
#include "sim/report/copy.hpp"
#include "sim/report/pipe.hpp"
#include "sim/run/lab.hpp"
#include "sim/run/load.hpp"

namespace mxlab::sim::live {
namespace {

using Json = nlohmann::ordered_json;
using report::Outcome;
using report::Verdict;

/// A play's outcome, and what it showed at the end of its story.
struct Played {
  Outcome outcome;
  Transcript transcript;
};

std::string text_of(const Played& played) {
  const Json json{{"outcome", report::to_json(played.outcome)},
                  {"transcript", to_json(played.transcript)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Played played_of(const std::string& text) {
  const Json json = Json::parse(text);
  return {report::outcome_of(json.at("outcome")), transcript_of(json.at("transcript"))};
}

Outcome about(const std::string& file, const scenario::Scenario& scenario) {
  Outcome outcome;
  outcome.file = file;
  outcome.name = scenario.name;
  outcome.group = scenario.group;
  outcome.seed = scenario.seed;
  return outcome;
}

Played play_here(Stage& stage, report::PlayOptions options, Outcome outcome) {
  Played played{std::move(outcome), {}};
  const Transcriber transcriber(stage);
  options.on_story_end = [&] { played.transcript = transcriber.transcript(); };
  report::play_on(stage, options, played.outcome);
  return played;
}

}  // namespace

/// A file in memory carries it out, since nothing else may.
std::string told_from_inside(const std::function<std::string(const std::filesystem::path&)>& work) {
  const int file = memfd_create("mxlab-outcome", MFD_CLOEXEC);
  if (file < 0) throw std::system_error(errno, std::generic_category(), "memfd_create");
  const int status = run_inside([&](const std::filesystem::path& place) {
    report::write_all(file, work(place));
    return 0;
  });
  std::string text(static_cast<std::size_t>(lseek(file, 0, SEEK_END)), '\0');
  const bool whole = pread(file, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  close(file);
  if (status != 0 || !whole || text.empty())
    throw std::runtime_error(fmt::format("the sandbox ended with status {}", status));
  return text;
}

namespace {

Played failed(Outcome outcome, const std::exception& error) {
  outcome.verdict = Verdict::kLabFailed;
  outcome.errors.push_back(fmt::format("the lab itself failed: {}", error.what()));
  return {std::move(outcome), {}};
}

/// One scenario, both ways.
class Both {
 public:
  Both(const std::string& file, const LivePlayOptions& options)
      : options_(options), loaded_(load_scenario(file)) {
    if (loaded_.scenario) {
      outcome_ = about(file, *loaded_.scenario);
    } else {
      outcome_.file = file;
      outcome_.verdict = Verdict::kWrong;
      outcome_.errors = loaded_.errors;
    }
    outcome_.warnings = loaded_.warnings;
  }

  const Reasons& reasons() const { return loaded_.scenario->live.differs; }
  bool is_wrong() const { return !loaded_.scenario; }
  const Outcome& outcome() const { return outcome_; }

  /// In a process of its own: a simulation has this process' clock and chance to itself.
  Played simulated() const {
    report::PlayOptions options;
    options.paint = options_.play.paint;
    return played_of(report::in_a_copy([&] {
      try {
        Lab lab(*loaded_.scenario, loaded_.scenario->seed);
        return text_of(play_here(lab, options, outcome_));
      } catch (const std::exception& error) {
        return text_of(failed(outcome_, error));
      }
    }));
  }

  /// Why it is not played live, or nothing.
  std::optional<std::string> why_not_live(const Outcome& simulated) const {
    if (auto why = why_only_simulated(*loaded_.scenario)) return why;
    const double longest = std::chrono::duration<double>(options_.longest).count();
    const double real = simulated.virtual_seconds / loaded_.scenario->live.speed;
    if (real <= longest) return std::nullopt;
    return fmt::format("needs {:.0f} minutes of real time", real / 60);
  }

  Played live(const Outcome& simulated) const try {
    const auto story = std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(simulated.virtual_seconds));
    return played_of(told_from_inside([&](const std::filesystem::path& place) {
      try {
        std::optional<WireSecrets> secrets;
        if (!options_.play.key_log.empty())
          secrets.emplace(options_.play.key_log, secrets_library());
        LiveLab lab(*loaded_.scenario,
                    {place, mxrelayd_program(), story, secrets ? &*secrets : nullptr, clock()});
        std::optional<WireCapture> capture;
        if (!options_.play.pcap.empty()) capture.emplace(options_.play.pcap);
        const Played played = play_here(lab, options_.play, outcome_);
        if (capture) capture->finish();
        if (secrets) secrets->finish();
        return text_of(played);
      } catch (const std::exception& error) {
        return text_of(failed(outcome_, error));
      }
    }));
  } catch (const std::exception& error) {
    return failed(outcome_, error);
  }

  /// What makes the programs' clocks go faster, where that is wanted.
  std::string clock() const {
    return loaded_.scenario->live.speed == 1 ? std::string() : clock_library();
  }

  Outcome skipped(std::string why) const {
    Outcome outcome = outcome_;
    outcome.verdict = Verdict::kSkipped;
    outcome.errors.push_back(std::move(why));
    return outcome;
  }

 private:
  LivePlayOptions options_;
  Loaded loaded_;
  Outcome outcome_;
};

}  // namespace

Outcome play_live(const std::string& file, const LivePlayOptions& options) {
  const Both both(file, options);
  if (both.is_wrong()) return both.outcome();
  const Outcome simulated = both.simulated().outcome;
  if (auto why = both.why_not_live(simulated)) return both.skipped(*why);
  Outcome outcome = both.live(simulated).outcome;
  outcome.live = true;
  return outcome;
}

Outcome compare(const std::string& file, const LivePlayOptions& options) {
  // What chance decides may for once come out as simulated, but not again and again.
  constexpr int kRuns = 3;
  const Both both(file, options);
  if (both.is_wrong()) return both.outcome();
  const Played simulated = both.simulated();
  if (simulated.outcome.verdict == Verdict::kLabFailed) return simulated.outcome;
  if (auto why = both.why_not_live(simulated.outcome)) return both.skipped(*why);
  Outcome outcome = both.outcome();
  outcome.live = true;
  Explained explained(both.reasons());
  for (int run = 0;
       run == 0 || (run < kRuns && explained.covers_all() && !explained.idle().empty()); ++run) {
    const Played live = both.live(simulated.outcome);
    if (live.outcome.verdict == Verdict::kLabFailed) return live.outcome;
    outcome.virtual_seconds = live.outcome.virtual_seconds;
    explained.see(differences(simulated.transcript, live.transcript));
  }
  const bool fine = explained.covers_all() && explained.idle().empty();
  outcome.verdict = fine ? Verdict::kPassed : Verdict::kFailed;
  outcome.errors = explained.idle();
  outcome.excuses = explained.excuses();
  outcome.story = "compared: " + extent_of(simulated.transcript) + "\n" + explained.text();
  return outcome;
}

}  // namespace mxlab::sim::live
