// log.hpp - the relay's journal as lines for people, and the switches of what they see.
//
// What always stands in the log are the lines of SEMANTICS; `verbose` adds what becomes of each
// envelope, traces add details by subsystem. All of it happens on the event loop's thread.
#pragma once
#include <functional>
#include <set>
#include <string>

#include "relay/control/log_control.hpp"
#include "relay/daemon/log_sink.hpp"
#include "relay/world/journal.hpp"
#include "relay/world/time.hpp"

namespace mxlab::daemon {

/// The words of smtpd -T and smtpctl trace, and our own: queue, sandbox. "all" is not among them.
bool is_subsystem(std::string_view word);
/// "bounce, expand, …": for people.
std::string subsystem_list();

class Log final : public world::Journal, public control::LogControl {
 public:
  explicit Log(std::unique_ptr<LogSink> sink) : sink_(std::move(sink)) {}

  void record(const world::Fact& fact) override;
  bool wants(world::FactKind kind) const override;
  bool traces(std::string_view subsystem) const override { return traced_.contains(subsystem); }
  void verbose(bool on) override { verbose_ = on; }
  bool trace(std::string_view subsystem, bool on) override;

  /// From now on lines may be held back until flush(); `soon` is called when the first one is.
  void hold_back(std::function<void()> soon) { soon_ = std::move(soon); }
  void flush() { sink_->flush(); }

 private:
  void note(std::string_view severity, std::string_view text);
  void dialogue(const world::Fact& fact, const char* arrow);
  void put(Severity severity, std::string_view text);

  std::unique_ptr<LogSink> sink_;
  std::function<void()> soon_;
  std::set<std::string, std::less<>> traced_;
  std::set<std::string, std::less<>> outgoing_;  // sessions in which we are the client
  bool verbose_ = false;
};

}  // namespace mxlab::daemon
