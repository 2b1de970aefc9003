// play.hpp - loads and runs one scenario file, and writes down what came of it.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "relay/world/time.hpp"
#include "sim/report/outcome.hpp"
#include "sim/report/paint.hpp"
#include "sim/run/stage.hpp"

namespace mxlab::report {

struct PlayOptions {
  std::optional<std::uint64_t> seed;
  std::optional<world::Duration> until;  // the story ends here, and every host's state is shown
  bool trace = false;                    // the story shows every event,
  bool queue = false;                    // what each host's queue holds after each step,
  bool monitor = false;                  // and the monitors of all hosts
  bool keep_monitor = false;             // as values, in Outcome::monitors
  std::string pcap = {};                 // a capture of the wires is written there,
  std::string key_log = {};              // and the secrets of its TLS connections there
  Paint paint;
  std::function<void()> on_story_end;  // before anything is healed
};

/// Loads the file and plays it on virtual time.
Outcome play(const std::string& file, const PlayOptions& options);

/// Plays the scenario of a stage there, and writes down what came of it.
void play_on(sim::Stage& stage, const PlayOptions& options, Outcome& outcome);

}  // namespace mxlab::report
