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
  MailArguments mail;     // of MAIL
  std::string recipient;  // of RCPT
};

/// What the checks may look at.
struct Situation {
  const ServerOptions& options;
  const SessionState& state;
  std::size_t messages = 0;    // transactions begun so far
  bool input_waiting = false;  // the client has already sent more
};

/// Reads the line, or refuses it.
std::variant<Step, Reply> read_step(const std::string& line);

Verdict check_helo(const Situation& now, const Step& step);
Verdict check_mail(const Situation& now, const Step& step);
Verdict check_rcpt(const Situation& now, const Step& step);
Verdict check_data(const Situation& now, const Step& step);
Verdict check_starttls(const Situation& now, const Step& step);
/// RSET, QUIT: no argument is allowed.
Verdict check_bare(const Situation& now, const Step& step);
/// NOOP, VRFY, HELP: anything goes.
Verdict check_nothing(const Situation& now, const Step& step);

}  // namespace mxlab::smtp
