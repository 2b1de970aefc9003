// envelope.hpp - what the queue knows of one recipient of one message.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "relay/world/time.hpp"

namespace mxlab::queue {

using world::Duration;
using world::TimePoint;

/// A message's number, unique in a queue's life; printed as 8 hex digits (Received, 250, logs).
using MessageId = std::uint32_t;

/// One envelope: the message's id in the upper half, the number within the message in the lower.
struct EnvelopeId {
  std::uint64_t value = 0;
  MessageId message() const { return static_cast<MessageId>(value >> 32); }
  std::uint32_t number() const { return static_cast<std::uint32_t>(value); }
  static EnvelopeId of(MessageId message, std::uint32_t number) {
    return {std::uint64_t{message} << 32 | number};
  }
  auto operator<=>(const EnvelopeId&) const = default;
};

std::string to_hex(MessageId id);   // 8 digits
std::string to_hex(EnvelopeId id);  // 16 digits

enum class EnvelopeKind { kRelay, kLocal, kBounce };
/// How the message came to us (show queue, field 2).
enum class Source { kLocal, kInet4, kInet6 };
enum class BounceKind { kFailed, kDelayed, kDelivered, kRelayed };

/// RFC 3461 parameters; kept end to end.
struct DsnParameters {
  std::string notify;  // as given: "NEVER", "SUCCESS,FAILURE"; empty when absent
  std::string ret;     // "FULL", "HDRS" or empty
  std::string envid;   // xtext, undecoded
  std::string orcpt;   // "rfc822;xtext", undecoded
};

/// A status that a report or a row may show: the reply, or our own words.
struct Failure {
  std::string text;      // "550 5.1.1 no such user", "Network error on destination MXs"
  std::string enhanced;  // "5.1.1"; empty when unknown
  std::string remote;    // who said it: "mail.example.org (192.0.2.20)"; empty: we did
};

struct Envelope {
  EnvelopeId id;
  EnvelopeKind kind = EnvelopeKind::kRelay;
  Source source = Source::kInet4;
  bool authenticated = false;  // by AUTH, or handed in by the local enqueuer
  bool internal = false;       // made by alias expansion
  bool suspended = false;      // smtpctl pause envelope
  bool utf8 = false;           // MAIL … SMTPUTF8 (RFC 6531): the next hop must offer it too

  std::string sender;       // user@domain; empty is the null sender
  std::string recipient;    // as given
  std::string destination;  // after expansion; user@domain
  std::string user;         // kLocal: whose mailbox it goes to
  std::string action;       // smtpd.conf action; looked up at each attempt, so edits take effect
  std::string tag;

  std::string smtp_name;  // host name of the listener on which it came in (relay backup's name)
  std::string helo;
  std::string peer_name;  // reverse name
  std::string peer_address;

  TimePoint creation{};
  Duration ttl{};           // zero: the action's, else the queue's
  std::uint32_t tries = 0;  // failed attempts so far
  TimePoint next_attempt{};
  TimePoint wake{};          // when the scheduler must look: the next attempt or the expiry
  TimePoint last_warning{};  // a delay report went out
  TimePoint last_attempt{};  // when the last failed attempt ended; the epoch: none yet
  Failure last_failure;      // empty text before the first failure
  DsnParameters dsn;

  // kBounce alone: what the report will say of `recipient`.
  BounceKind bounce = BounceKind::kFailed;
  Duration bounce_delay{};  // kDelayed: the warning's mark
};

}  // namespace mxlab::queue
