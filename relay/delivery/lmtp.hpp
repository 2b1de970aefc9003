// lmtp.hpp - hands local mail to another program of this host over LMTP (RFC 2033), as dovecot has.
//
// A reply for each recipient: one whose mailbox is full does not keep the mail from the others.
// Whoever could not be reached, or said 4xx, is tried again by the queue.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "relay/delivery/recorder.hpp"

namespace mxlab::delivery {

/// "/run/dovecot/lmtp", "127.0.0.1:24", "[::1]:24", "mail.example.org:24".
struct LmtpServer {
  std::string path;  // of a local socket; or:
  std::string host;
  std::uint16_t port = 0;
};
std::optional<LmtpServer> parse_lmtp_server(std::string_view text);

/// Delivers one message to the recipients of these envelopes; their results, in order. Throws
/// std::system_error when the queue does not give the message.
awaitable<std::vector<Result>> deliver_by_lmtp(Context& context, config::Action action,
                                               std::vector<Envelope> envelopes);

}  // namespace mxlab::delivery
