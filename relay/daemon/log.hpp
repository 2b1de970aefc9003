// log.hpp - the relay's journal as lines for people.
#pragma once
#include "relay/control/log_control.hpp"
#include "relay/world/journal.hpp"

namespace mxlab::daemon {

class Log final : public world::Journal, public control::LogControl {
 public:
  void record(const world::Fact& fact) override;
  void verbose(bool on) override { verbose_ = on; }
  bool trace(std::string_view subsystem, bool on) override;

 private:
  bool verbose_ = false, trace_lines_ = false;
};

}  // namespace mxlab::daemon
