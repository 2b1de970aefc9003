// submission.hpp - mail handed in on this host (listen on socket), as sendmail(8) does.
//
// A letter is taken under the rules for `from socket` and the options of `listen on socket`, with
// the limits that a session over the network has. Every recipient must be accepted, else nothing
// is: the caller still has the message. The body streams; nobody holds it in memory.
#pragma once
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "relay/incoming.hpp"

namespace mxlab::relay {

/// What is said before the body. Anybody on this host may have written it: nothing is trusted.
struct SubmissionEnvelope {
  std::string sender;                   // user@domain, or a user of this host; empty: null sender
  std::vector<std::string> recipients;  // the same, at least one
  std::string notify, ret, envid;       // RFC 3461: NOTIFY, RET, ENVID as they were given; or empty
};

/// Where the body goes, or the reply that refuses the letter.
using BegunSubmission = std::variant<std::unique_ptr<smtp::MessageSink>, smtp::Reply>;

/// Takes the envelope.
///
/// The body may come in pieces of any size, with line ends of either kind (they become CRLF). Only
/// when commit() has answered 250 is the message the relay's; a sink that is dropped was never
/// there. It keeps the configuration with which it began, and must not outlive the reception.
awaitable<BegunSubmission> begin_submission(Reception& reception, SubmissionEnvelope envelope);

/// A whole letter that is small, and in memory already.
struct Submission {
  std::string sender;
  std::vector<std::string> recipients;
  std::string body;
};

/// begin_submission(), the body and commit() in one. 250, or the reply that refuses it.
awaitable<smtp::Reply> submit(Reception& reception, Submission submission);

}  // namespace mxlab::relay
