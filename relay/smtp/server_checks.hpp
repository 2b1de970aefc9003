// server_checks.hpp - may this command come now, and is it well-formed? One check_* per command.
//
// Pure: they see the session's state and limits and return the refusal, or nothing. What the
// command then does is the session's proceed_* of the same name; what policy says of it is the
// Backend's.
#pragma once
#include "relay/smtp/command.hpp"
#include "relay/smtp/server_session.hpp"

namespace mxlab::smtp {

/// A command with its arguments read.
struct Step {
  Command command;
  MailArguments mail;    // of MAIL
  Recipient recipient;   // of RCPT
  ChunkArguments chunk;  // of BDAT
};

/// What the checks may look at.
struct Situation {
  const ServerOptions& options;
  const SessionState& state;
  std::size_t messages = 0;    // transactions begun so far
  bool chunks_open = false;    // a BDAT of this transaction has come
  bool input_waiting = false;  // the client has already sent more
};

/// Reads the line, or refuses it.
std::variant<Step, Refusal> read_step(const std::string& line);

/// Is any such command allowed before STARTTLS, where it is required?
Verdict check_security(const Situation& now, Verb verb);

Verdict check_helo(const Situation& now, const Step& step);
Verdict check_mail(const Situation& now, const Step& step);
Verdict check_rcpt(const Situation& now, const Step& step);
Verdict check_data(const Situation& now, const Step& step);
/// Only what can be known without the chunk: it must be read in any case.
Verdict check_bdat(const Situation& now, const Step& step);
Verdict check_starttls(const Situation& now, const Step& step);
Verdict check_auth(const Situation& now, const Step& step);
/// RSET, QUIT: no argument is allowed.
Verdict check_bare(const Situation& now, const Step& step);
/// NOOP, VRFY, HELP: anything goes.
Verdict check_nothing(const Situation& now, const Step& step);
/// A browser that was sent to our port: nothing that it goes on to say is a command.
Verdict check_http(const Situation& now, const Step& step);

}  // namespace mxlab::smtp
