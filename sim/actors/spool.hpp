// spool.hpp - the sender's queue directory. Belongs to the lab, not to the process: an actor's disk
// is perfect, so a queued message survives every kill and power cut.
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "relay/world/time.hpp"

namespace mxlab::sim {

/// What is done with an envelope.
enum class MailKind { kRelay, kLocal, kReport };

struct SpoolEnvelope {
  std::uint64_t id = 0;  // the message's id in the upper half
  MailKind kind = MailKind::kRelay;
  std::string sender, recipient;
  world::TimePoint creation{};
  world::TimePoint next_attempt{};
  std::uint32_t failures = 0;
  std::string error;          // the last failure
  std::string status;         // its enhanced code; may be empty
  world::TimePoint warned{};  // the mark up to which a delay report went out
  bool delayed = false;       // kReport: about a delay, not about the end
  world::Duration delay{};    // kReport: the mark of the delay
  std::uint32_t message() const { return static_cast<std::uint32_t>(id >> 32); }
};

struct SenderSpool {
  std::map<std::uint64_t, SpoolEnvelope> envelopes;
  std::map<std::uint32_t, std::string> messages;  // texts, CRLF line ends

  /// Removes an envelope, and its message when it was the last one.
  void finish(std::uint64_t id);
  /// "749e6c4b70693048"
  static std::string hex(std::uint64_t id);
};

}  // namespace mxlab::sim
