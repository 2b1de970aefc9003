// chronicle.hpp - the trace as a judge reads it: for each host its counters over time, the life of
// each envelope, its log, the DNS questions it asked.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "relay/control/counters.hpp"
#include "sim/world/trace.hpp"

namespace mxlab::sim {

using control::Columns;
using control::Digest;

/// One envelope in one host's queue.
struct EnvelopeLife {
  TimePoint accepted{};
  std::string text;                 // "accepted for …", "report to …"
  std::vector<TimePoint> attempts;  // when they began
  std::string outcome;  // the last: "Ok …", "TempFail …", "PermFail …", "Expired …"
};

struct LogLine {
  TimePoint at{};
  std::string severity, text;
};

/// What one host has done so far.
class HostChronicle {
 public:
  /// The counters as they stood at the end of that instant, since the daemon's start.
  const Digest& digest_at(TimePoint at) const;
  const Digest& digest() const;
  /// The row that smtpctl monitor prints at that instant: changes during the second before it.
  Columns monitor_row(TimePoint at) const;
  /// Instants after `since` at which some counter changed, in order.
  std::vector<TimePoint> changes(TimePoint since) const;

  std::map<std::string, EnvelopeLife> envelopes;
  std::vector<std::string> arrival;  // envelope ids in order of acceptance
  std::vector<LogLine> log;
  std::map<std::pair<std::string, std::string>, std::int64_t> asked;  // name, type
  std::uint32_t lives = 0;
  /// When its process ended, and when a reply to the final dot did not reach it: it may have sent
  /// something that it does not know of.
  std::vector<TimePoint> doubts;

 private:
  friend class Chronicle;
  struct Change {
    TimePoint at{};
    std::uint32_t life = 0;
    Digest digest;
  };
  const Change* change_at(TimePoint at) const;
  void begin_life(TimePoint at);
  void stat(const Event& event);
  void queue(const Event& event);

  std::vector<Change> changes_;
};

class Chronicle {
 public:
  /// Reads the trace from now on. Both must live as long as the simulation runs.
  Chronicle(Trace& trace, std::size_t hosts);
  HostChronicle& host(std::uint32_t index) { return hosts_.at(index); }
  const HostChronicle& host(std::uint32_t index) const { return hosts_.at(index); }
  /// A DNS question that a host has asked.
  void asked(std::uint32_t host, const std::string& name, const std::string& type);
  /// Counts with every fact that an expectation may look at.
  std::uint64_t version() const { return version_; }

 private:
  void read(const Event& event);
  std::vector<HostChronicle> hosts_;
  std::uint64_t version_ = 0;
};

}  // namespace mxlab::sim
