// mta_book.hpp - what a foreign mail system's log has told so far, as OpenSMTPD would count it.
//
// A system that names messages only has one envelope for each recipient here, "MESSAGE/RECIPIENT".
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/live/mta.hpp"

namespace mxlab::sim::live {

/// How an attempt ended.
struct MtaOutcome {
  enum class Kind { kOk, kTemporary, kPermanent, kExpired };
  Kind kind = Kind::kOk;
  std::string text;  // the other side's words
};

class MtaBook {
 public:
  /// A new life, in whose queue these rows are.
  void begin(const std::vector<control::QueueRow>& rows, const Told& told);

  void connected(const Told& told);
  void disconnected(const Told& told);
  /// A message, before its recipients are known by name; nothing when it is known.
  void accepted(const std::string& message, const std::string& sender, std::uint32_t recipients,
                const Told& told);
  /// One of its recipients.
  void name(const std::string& message, const std::string& recipient, const Told& told);
  void attempt(const std::string& message, const std::string& recipient, const MtaOutcome& outcome,
               const Told& told);
  /// It has become a report to its sender.
  void bounced(const Told& told);
  /// Whatever was left of it is not in the queue any more.
  void gone(const std::string& message, const Told& told);

  /// Those of its recipients that are known by name.
  std::vector<std::string> recipients(const std::string& message) const;
  /// Of that envelope; zero and empty when nothing is known.
  std::uint32_t tries(const std::string& envelope) const;
  std::string error(const std::string& envelope) const;

  static std::string envelope(const std::string& message, const std::string& recipient) {
    return message + "/" + recipient;
  }

 private:
  struct Message {
    std::string sender;
    std::uint32_t left = 0;
  };
  struct Envelope {
    std::uint32_t tries = 0;
    std::string error;
  };
  void end(const std::string& message, const std::string& envelope, const Told& told);

  std::map<std::string, Message> messages_;
  std::map<std::string, Envelope> envelopes_;
  std::uint64_t sessions_ = 0;
};

/// What stands between `before` and `after` in the line, or what follows when `after` is empty;
/// empty when the line has no `before`.
std::string_view between(std::string_view line, std::string_view before, std::string_view after);
/// <user@domain> without its brackets.
std::string bare(std::string_view address);

}  // namespace mxlab::sim::live
