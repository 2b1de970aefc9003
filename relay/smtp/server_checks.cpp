#include "relay/smtp/server_checks.hpp"

#include "relay/smtp/address.hpp"
#include "relay/smtp/ascii.hpp"
#include "relay/smtp/utf8.hpp"

namespace mxlab::smtp {
namespace {

Refusal refuse(int code, std::string enhanced, std::string text) {
  return Refusal{Reply(code, std::move(enhanced), std::move(text)), false};
}

Refusal out_of_order() {
  return refuse(503, "5.5.1", "Invalid command: Command not allowed at this point.");
}

Refusal not_supported() { return refuse(502, "5.5.1", "Invalid command: Command not supported"); }

/// The first parameter of an extension that was not offered to this client.
std::string_view not_offered(const Situation& now, const MailArguments& mail) {
  if (mail.auth && now.options.auth == AuthPolicy::kNone) return "AUTH";
  if (mail.utf8 && !(now.options.utf8 && now.state.extended)) return "SMTPUTF8";
  if (now.options.dsn && now.state.extended) return {};
  if (!mail.ret.empty()) return "RET";
  return mail.envid.empty() ? std::string_view() : "ENVID";
}

std::string_view not_offered(const Situation& now, const Recipient& recipient) {
  if (now.options.dsn && now.state.extended) return {};
  if (!recipient.notify.empty()) return "NOTIFY";
  return recipient.orcpt.empty() ? std::string_view() : "ORCPT";
}

std::variant<Step, Refusal> read_mail(Step step) {
  auto mail = parse_mail(step.command.argument);
  if (auto* refusal = std::get_if<Reply>(&mail)) return Refusal{std::move(*refusal), false};
  step.mail = std::move(std::get<MailArguments>(mail));
  return step;
}

std::variant<Step, Refusal> read_rcpt(Step step) {
  auto recipient = parse_rcpt(step.command.argument);
  if (auto* refusal = std::get_if<Reply>(&recipient)) return Refusal{std::move(*refusal), false};
  step.recipient = std::move(std::get<Recipient>(recipient));
  return step;
}

std::variant<Step, Refusal> read_bdat(Step step) {
  const auto chunk = parse_bdat(step.command.argument);
  // Where the chunk ends is not known, so what follows could be anything.
  if (!chunk)
    return Refusal{Reply(501, "5.5.4", "Invalid command arguments: BDAT size [LAST]"), true};
  step.chunk = *chunk;
  return step;
}

}  // namespace

std::variant<Step, Refusal> read_step(const std::string& line) {
  Step step{parse_command(line), {}, {}, {}};
  switch (step.command.verb) {
    case Verb::kMail:
      return read_mail(std::move(step));
    case Verb::kRcpt:
      return read_rcpt(std::move(step));
    case Verb::kBdat:
      return read_bdat(std::move(step));
    default:
      return step;
  }
}

Verdict check_security(const Situation& now, Verb verb) {
  if (!now.options.require_tls || now.state.tls) return {};
  // RFC 3207 4
  if (verb == Verb::kNoop || verb == Verb::kEhlo || verb == Verb::kStartTls || verb == Verb::kQuit)
    return {};
  return refuse(530, "5.7.0", "Must issue a STARTTLS command first");
}

Verdict check_nothing(const Situation&, const Step&) { return {}; }

Verdict check_bare(const Situation&, const Step& step) {
  if (step.command.argument.empty()) return {};
  return refuse(501, "5.5.4", "Invalid command arguments: No parameters allowed");
}

Verdict check_http(const Situation&, const Step&) {
  return Refusal{Reply(500, "5.5.1", "This is SMTP, not HTTP: closing connection"), true};
}

Verdict check_helo(const Situation&, const Step& step) {
  if (step.command.argument.empty())
    return refuse(501, "5.5.4", "Invalid command arguments: Domain name required");
  if (!is_helo_name(step.command.argument))
    return refuse(501, "5.5.4", "Invalid command arguments: Invalid domain name");
  return {};
}

Verdict check_mail(const Situation& now, const Step& step) {
  // RFC 5321 4.1.4: not before HELO or EHLO, not inside a transaction
  if (now.state.helo.empty() || now.state.has_sender) return out_of_order();
  if (now.options.auth == AuthPolicy::kRequired && now.state.user.empty())  // RFC 4954 6
    return refuse(530, "5.7.0", "Authentication required");
  if (now.messages >= now.options.max_messages)
    return refuse(421, "4.5.3", "Too many messages sent, come again");
  if (auto keyword = not_offered(now, step.mail); !keyword.empty())
    return Refusal{unsupported_parameter(keyword), false};
  if (step.mail.size > now.options.max_message_size)  // RFC 1870 6.1
    return refuse(552, "5.3.4", "Message too big for system");
  return {};
}

Verdict check_rcpt(const Situation& now, const Step& step) {
  if (!now.state.has_sender || now.chunks_open) return out_of_order();
  if (now.state.recipients.size() >= now.options.max_recipients)  // RFC 5321 4.5.3.1.10
    return refuse(452, "4.5.3", "Too many recipients");
  if (auto keyword = not_offered(now, step.recipient); !keyword.empty())
    return Refusal{unsupported_parameter(keyword), false};
  const bool ascii = is_ascii(step.recipient.address) && is_ascii(step.recipient.orcpt);
  if (!ascii && !now.state.utf8) return Refusal{not_ascii(), false};  // RFC 6531 3.5
  return {};
}

Verdict check_data(const Situation& now, const Step& step) {
  if (auto refusal = check_bare(now, step)) return refusal;
  // RFC 3030 2: DATA and BDAT do not mix
  if (!now.state.has_sender || now.chunks_open) return out_of_order();
  if (now.state.recipients.empty())  // RFC 5321 4.1.1.4, RFC 2920 3.2
    return refuse(554, "5.5.1", "No valid recipients");
  return {};
}

Verdict check_bdat(const Situation& now, const Step&) {
  if (!now.options.chunking) return not_supported();
  if (!now.state.has_sender) return out_of_order();
  if (now.state.recipients.empty()) return refuse(554, "5.5.1", "No valid recipients");
  return {};
}

Verdict check_starttls(const Situation& now, const Step& step) {
  if (auto refusal = check_bare(now, step)) return refusal;
  if (!now.options.tls) return not_supported();
  if (now.state.tls) return refuse(503, "5.5.1", "Invalid command: Channel already secured");
  if (!now.state.extended) return out_of_order();
  // RFC 3207 5: STARTTLS is the last of its group. What waits behind it came in the clear and would
  // be taken for something said under TLS.
  if (now.input_waiting)
    return Refusal{Reply(554, "5.5.1", "Data after STARTTLS, closing connection"), true};
  return {};
}

Verdict check_auth(const Situation& now, const Step& step) {
  if (now.options.auth == AuthPolicy::kNone) return not_supported();
  if (!now.state.tls)  // RFC 4954 6: no password in the clear
    return refuse(538, "5.7.11", "Encryption required: Must issue a STARTTLS command first");
  // RFC 4954 4: after EHLO, once, not inside a transaction
  if (!now.state.extended || now.state.has_sender || !now.state.user.empty()) return out_of_order();
  const std::string& argument = step.command.argument;
  const std::string mechanism = argument.substr(0, argument.find(' '));
  if (equals_ignoring_case(mechanism, "PLAIN") || equals_ignoring_case(mechanism, "LOGIN"))
    return {};
  if (argument.empty()) return refuse(501, "5.5.4", "Invalid command arguments: AUTH mechanism");
  return refuse(504, "5.5.4", "Unsupported mechanism: PLAIN and LOGIN are offered");
}

}  // namespace mxlab::smtp
