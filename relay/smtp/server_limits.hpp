// server_limits.hpp - what one client may take of us before it is shown the door.
//
// The defaults let every honest client through that we have seen; who exceeds them is told why.
#pragma once
#include <cstddef>
#include <cstdint>

#include "relay/world/time.hpp"

namespace mxlab::smtp {

struct Limits {
  /// 5xx replies between two delivered messages; then 421.
  std::size_t errors = 25;
  /// Commands between two delivered messages; then 421.
  std::size_t commands = 5000;
  /// Of these, such as carry no mail: EHLO, RSET, NOOP, VRFY, HELP; then 421.
  std::size_t idle_commands = 100;
  /// Recipients refused for good in one session; then 421. Delivered messages forgive none, or a
  /// list of names could be tried out between mails.
  std::size_t refused_recipients = 100;
  /// So many of them are free; each further refusal is held back for the delay.
  std::size_t free_refusals = 10;
  world::Duration refusal_delay = std::chrono::seconds(1);
  /// Failed log-ins in one session; then 421.
  std::size_t login_failures = 3;
  /// The header section of a message; then 552 at its end. Postfix keeps 100 KiB of it.
  std::uint64_t header_bytes = 256 * 1024;
  std::size_t header_lines = 10'000;
  /// A body that comes in more slowly than this (bytes a second, on average) is cut off with 421 as
  /// soon as it is `body_patience` behind. RFC 5321 4.5.3.2 limits waits, not rates; without a rate
  /// one byte every five minutes would hold a session for ever.
  std::uint64_t body_rate = 100;
  world::Duration body_patience = std::chrono::seconds(300);
  /// How long a proxy may take for its header (OpenSMTPD waits 5 s too).
  world::Duration proxy_patience = std::chrono::seconds(5);
  /// Replies that pile up before we read no further command until the client has taken them.
  std::size_t waiting_replies = 16 * 1024;
};

}  // namespace mxlab::smtp
