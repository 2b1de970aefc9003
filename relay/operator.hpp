// operator.hpp - what an operator may see and do while the relay runs, as smtpctl(8) names it.
//
// Answers are values and texts; how they travel to mxrelayctl is the control server's business.
// Nothing here loads the whole queue: it is read page by page.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "relay/control/texts.hpp"
#include "relay/delivery/scheduler.hpp"

namespace mxlab::relay {

using world::awaitable;

/// The parts of a running relay that an operator acts upon. They outlive the Operator.
struct OperatorParts {
  delivery::Context& context;
  delivery::Scheduler& scheduler;
  std::function<void(bool)> pause_listeners;  // true: accept nobody, go on listening
};

class Operator {
 public:
  explicit Operator(OperatorParts parts);

  // --- pause and resume; false when it is in that state already ("command failed") ---
  bool pause_smtp(bool paused);
  bool pause_mta(bool paused);
  bool pause_mda(bool paused);
  bool smtp_paused() const { return smtp_paused_; }

  awaitable<std::size_t> schedule_all();

  // --- show ---
  awaitable<std::vector<control::QueueRow>> queue_rows();
  std::string status_text() const;
  std::string stats_text() const;

  /// For show hosts, relays, routes, hoststats; resume route; pause mta from … for ….
  delivery::Outbound& outbound() { return parts_.scheduler.outbound(); }

 private:
  control::QueueRow row_of(const queue::Envelope& envelope) const;
  void tell(std::string_view line) { parts_.context.world.journal.info(line); }

  OperatorParts parts_;
  world::SteadyPoint started_;
  bool smtp_paused_ = false;
};

}  // namespace mxlab::relay
