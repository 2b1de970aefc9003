// event_log.hpp - mxrelayd --events: everything that happens, as JSON lines (control/event_lines).
//
// Each line is written before the relay goes on, so that nothing which others have seen of the
// relay is missing after a crash. Whoever reads a pipe too slowly holds the relay up.
#pragma once
#include <string>

#include "relay/world/journal.hpp"

namespace mxlab::daemon {

/// Opens what --events names: a file, to which is appended, or "fd:N", a descriptor that this
/// process was started with. Throws StartError.
int open_events(const std::string& target);

/// Writes each fact and hands it on to the log.
class EventLog final : public world::Journal {
 public:
  /// Owns the descriptor; -1: nothing is written.
  EventLog(int descriptor, world::Journal& next) : descriptor_(descriptor), next_(next) {}
  ~EventLog() override;
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void record(const world::Fact& fact) override;
  bool wants(world::FactKind kind) const override { return descriptor_ >= 0 || next_.wants(kind); }
  bool traces(std::string_view subsystem) const override { return next_.traces(subsystem); }
  /// The relay serves.
  void started();

 private:
  void write(std::string_view line);

  int descriptor_;
  world::Journal& next_;
};

}  // namespace mxlab::daemon
