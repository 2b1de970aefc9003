// received.hpp - trace headers: the one we add, and counting those that are there. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "relay/world/time.hpp"

namespace mxlab::delivery {

/// What a Received header tells (RFC 5321 4.4, RFC 3848).
struct Trace {
  std::string helo;          // what the client called itself; empty: "local"
  std::string peer_name;     // reverse name, empty: "<unknown>"
  std::string peer_address;  // "192.0.2.1", "2001:db8::1", "local"
  std::string host;          // who received it
  std::string protocol;      // SMTP, ESMTP, ESMTPSA, UTF8SMTPS
  std::string tls;           // "TLSv1.3:TLS_AES_256_GCM_SHA384:256", empty without
  std::string id;            // message id, 8 hex digits
  std::string recipient;     // with exactly one recipient; else empty (RFC 5321 7.2)
  world::TimePoint at{};
  bool masked = false;           // who sent it is not told (listen … mask-src)
  std::string authentication{};  // "auth=yes user=joe"; empty: not told
};

/// The header with its folds and final CRLF.
std::string received_header(const Trace& trace);

/// "Sun, 22 Nov 2026 07:33:37 +0000 (UTC)" (RFC 5322 3.3).
std::string date_text(world::TimePoint at);

/// Counts Received headers while a body streams through; stops at the end of the header section.
class HopCounter {
 public:
  void feed(std::string_view bytes);
  std::size_t hops() const { return hops_; }

 private:
  void end_line();
  std::string line_;  // the beginning of the current line, as much as matters
  std::size_t hops_ = 0;
  bool in_header_ = true;
};

}  // namespace mxlab::delivery
