// submission.hpp - mail handed in on this host (listen on socket), as sendmail(8) does.
#pragma once
#include <string>
#include <vector>

#include "relay/incoming.hpp"

namespace mxlab::relay {

struct Submission {
  std::string sender;  // user@domain; empty is the null sender
  std::vector<std::string> recipients;
  std::string body;  // CRLF line ends
};

/// Queues a local submission under the rules for `from socket`. Every recipient must be accepted,
/// else nothing is: the caller still has the message. 250, or the reply that refuses it.
awaitable<smtp::Reply> submit(Reception& reception, Submission submission);

}  // namespace mxlab::relay
