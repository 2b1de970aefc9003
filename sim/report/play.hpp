// play.hpp - loads and runs one scenario file, and writes down what came of it.
#pragma once
#include <optional>
#include <string>

#include "relay/world/time.hpp"
#include "sim/report/outcome.hpp"
#include "sim/report/paint.hpp"

namespace mxlab::report {

struct PlayOptions {
  std::optional<std::uint64_t> seed;
  std::optional<world::Duration> until;  // the story ends here, and every host's state is shown
  bool trace = false;                    // the story shows every event,
  bool queue = false;                    // what each host's queue holds after each step,
  bool monitor = false;                  // and the monitors of all hosts
  bool keep_monitor = false;             // as values, in Outcome::monitors
  Paint paint;
};

Outcome play(const std::string& file, const PlayOptions& options);

}  // namespace mxlab::report
