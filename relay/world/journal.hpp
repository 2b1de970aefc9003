// journal.hpp - what the relay says of itself: one stream of facts, in one order.
//
// Logs, counters, monitors, expectations and ladders are readers of this stream; nothing is
// computed twice.
#pragma once
#include <cstdint>
#include <string_view>

namespace mxlab::world {

enum class FactKind {
  kLog,       // subject: severity ("info", "warn"), text: one line, key=value
  kStat,      // subject: the counter's key (smtpctl show stats), value: the change
  kSent,      // subject: session id, text: one SMTP line that we wrote, without its CRLF
  kReceived,  // subject: session id, text: one SMTP line that the peer wrote
  kQueue,     // subject: envelope id (16 hex digits), text: what became of it
  kTrace,     // subject: subsystem (smtpd -T), text: a detail; only for who traces() it
};

struct Fact {
  FactKind kind;
  std::string_view subject;
  std::string_view text;
  std::int64_t value = 0;
};

class Journal {
 public:
  virtual ~Journal() = default;
  virtual void record(const Fact& fact) = 0;
  /// False: nobody reads facts of this kind now, and their text need not be made. Those that are
  /// recorded all the same are no mistake.
  virtual bool wants(FactKind) const { return true; }
  /// Does somebody want the details of this subsystem? Else nobody need put them into words.
  virtual bool traces(std::string_view) const { return false; }

  void info(std::string_view line) { record({FactKind::kLog, "info", line}); }
  void warn(std::string_view line) { record({FactKind::kLog, "warn", line}); }
  void detail(std::string_view subsystem, std::string_view line) {
    record({FactKind::kTrace, subsystem, line});
  }
  void stat(std::string_view key, std::int64_t change) {
    record({FactKind::kStat, key, {}, change});
  }
};

}  // namespace mxlab::world
