// story.hpp - the steps of a scenario in its author's words, and what hosts hold between them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/monitor.hpp"
#include "sim/run/stage.hpp"

namespace mxlab::report {

/// A line of a text, from 1, without its end; empty when there is none.
std::string_view line_of(std::string_view text, int number);
/// All white space becomes single blanks.
std::string one_line(std::string_view text);

/// The lines of the file with the step's actions, and its explanation.
std::vector<std::string> step_lines(const scenario::Scenario& scenario, const scenario::Step& step);

/// Follows the steps as the runner tells them; knows when each began.
class StepTimes {
 public:
  world::Duration begin_of(const scenario::Step& step, world::Duration end);

 private:
  world::Duration before_{};
};

/// What smtpctl show queue says on every host whose queue is not empty. Changes nothing.
std::string queues_text(sim::Stage& stage, const Paint& paint);

/// Counters, queue and mail of every host. Changes nothing.
std::string hosts_text(sim::Stage& stage, const Paint& paint);

}  // namespace mxlab::report
