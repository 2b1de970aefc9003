// log_control.hpp - what an operator may change about the log while the relay runs.
//
// smtpctl log verbose|brief and smtpctl trace|untrace SUBSYSTEM. The daemon's log implements it;
// where there is no such log (the lab keeps every fact), there is nothing to switch.
#pragma once
#include <string_view>

namespace mxlab::control {

class LogControl {
 public:
  virtual ~LogControl() = default;
  /// log verbose, log brief.
  virtual void verbose(bool on) = 0;
  /// trace X, untrace X, "all" included. False when there is no such subsystem.
  virtual bool trace(std::string_view subsystem, bool on) = 0;
};

}  // namespace mxlab::control
