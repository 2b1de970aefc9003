// bounce.hpp - delivery status notifications (RFC 3464, RFC 6522). Pure: values in, text out.
#pragma once
#include <string>
#include <vector>

#include "relay/queue/envelope.hpp"

namespace mxlab::queue {

/// Whether a report about this envelope may be sent at all: never to the null sender, never about
/// a report, never against NOTIFY (RFC 5321 4.5.5, RFC 3461 4.1).
bool may_bounce(const Envelope& about, BounceKind kind);

struct Report {
  BounceKind kind = BounceKind::kFailed;
  std::string host;             // Reporting-MTA, our own name
  std::vector<Envelope> about;  // kBounce envelopes of one message and one sender, each created
                                // with the attempt that it reports
  std::string original;         // its header section, or the whole message when full
  bool full = false;            // RET=FULL
  TimePoint arrival{};          // when the message came to us; the epoch when unknown
  TimePoint now{};
  TimePoint will_retry_until{};  // kDelayed alone
  std::string message_id;        // for the Message-Id header, without angle brackets
};

/// A report to an address beyond ASCII is in UTF-8 itself, in the types of RFC 6533, and needs
/// SMTPUTF8 on its way.
bool needs_utf8(const Report& report);

/// The whole message, CRLF line ends, lines at most 998 bytes, 7-bit clean unless it needs UTF-8.
/// An original that cannot be returned like that is cut down to its header section.
std::string write_report(const Report& report);

}  // namespace mxlab::queue
