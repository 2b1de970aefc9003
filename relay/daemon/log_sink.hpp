// log_sink.hpp - where the log's lines go: stderr, syslog(3), or systemd's journal with its fields.
#pragma once
#include <memory>

#include "relay/daemon/log_line.hpp"
#include "relay/daemon/options.hpp"

namespace mxlab::daemon {

class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(const LogEntry& entry) = 0;
  /// What write() has held back goes out.
  virtual void flush() {}
  /// True when write() may hold lines back.
  virtual bool holds_back() const { return false; }
};

/// Lines on stderr; systemd's journal instead when stderr leads there (JOURNAL_STREAM).
std::unique_ptr<LogSink> stderr_sink(LogFormat format);
/// LOG_MAIL, as mxrelayd; the journal instead where systemd has started us.
std::unique_ptr<LogSink> system_sink(LogFormat format);

}  // namespace mxlab::daemon
