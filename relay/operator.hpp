// operator.hpp - what an operator may see and do while the relay runs, as smtpctl(8) names it.
//
// Answers are values and texts; how they travel to mxrelayctl is the control server's business.
// Nothing here loads the whole queue: it is read page by page.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "relay/control/log_control.hpp"
#include "relay/control/texts.hpp"
#include "relay/delivery/scheduler.hpp"
#include "relay/tally.hpp"

namespace mxlab::relay {

using world::awaitable;

/// The parts of a running relay that an operator acts upon. They outlive the Operator.
struct OperatorParts {
  delivery::Context& context;
  delivery::Scheduler& scheduler;
  std::function<void(bool)> pause_listeners;  // true: accept nobody, go on listening
  std::function<void(bool)> refuse_clients;   // true: say 421 to whoever connects
  /// Reads configuration, tables and certificates again; nothing, or why the old stay in force.
  std::function<awaitable<std::optional<std::string>>()> reload;
  control::LogControl* log = nullptr;  // null: there is nothing to switch
};

/// How clients are met: paused leaves them in silence, as OpenSMTPD does; refusing says 421 at
/// once, so that they turn to the next MX instead of waiting five minutes for a banner.
enum class SmtpState { kRunning, kPaused, kRefusing };

class Operator {
 public:
  explicit Operator(OperatorParts parts);

  // --- pause and resume; false when it is in that state already ("command failed") ---
  bool set_smtp(SmtpState state);
  bool pause_smtp(bool paused) {
    return set_smtp(paused ? SmtpState::kPaused : SmtpState::kRunning);
  }
  bool pause_mta(bool paused);
  bool pause_mda(bool paused);
  bool smtp_paused() const { return smtp_ != SmtpState::kRunning; }

  // --- envelopes; each returns how many it reached ---
  awaitable<std::size_t> schedule(delivery::Selection which);
  awaitable<std::size_t> schedule_all() { return schedule({}); }
  awaitable<std::size_t> remove(delivery::Selection which);
  awaitable<std::size_t> suspend(delivery::Selection which, bool suspended);
  /// Looks again at what the queue holds of this; returns how many envelopes it found.
  awaitable<std::size_t> discover(delivery::Selection which);

  // --- show ---
  /// The next rows after `after`, at most a page; none at the end.
  awaitable<std::vector<queue::Envelope>> page(delivery::Selection which, queue::EnvelopeId after);
  control::QueueRow row_of(const queue::Envelope& envelope) const;
  /// All of them: for queues that are known to be short (the lab's).
  awaitable<std::vector<control::QueueRow>> queue_rows();
  std::map<std::string, std::string> status() const;  // "mda", "mta", "smtp"
  std::string status_text() const;
  std::string stats_text() const;
  world::Duration uptime() const;

  // --- all else ---
  /// Tables are read anew with all the rest. Nothing, or why not.
  awaitable<std::optional<std::string>> update_table(std::string name);
  awaitable<std::optional<std::string>> reload() { return parts_.reload(); }
  control::LogControl* log() { return parts_.log; }
  delivery::Context& context() { return parts_.context; }
  delivery::Scheduler& scheduler() { return parts_.scheduler; }
  Tally& tally() { return tally_; }

  /// For show hosts, relays, routes, hoststats; resume route; pause mta from … for ….
  delivery::Outbound& outbound() { return parts_.scheduler.outbound(); }

 private:
  void tell(std::string_view line) { parts_.context.world.journal.info(line); }

  OperatorParts parts_;
  world::SteadyPoint started_;
  SmtpState smtp_ = SmtpState::kRunning;
  Tally tally_;
};

}  // namespace mxlab::relay
