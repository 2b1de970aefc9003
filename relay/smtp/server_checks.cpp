#include "relay/smtp/server_checks.hpp"

#include "relay/smtp/address.hpp"

namespace mxlab::smtp {
namespace {

Refusal refuse(int code, std::string enhanced, std::string text) {
  return Refusal{Reply(code, std::move(enhanced), std::move(text)), false};
}

Refusal out_of_order() {
  return refuse(503, "5.5.1", "Invalid command: Command not allowed at this point.");
}

}  // namespace

std::variant<Step, Reply> read_step(const std::string& line) {
  Step step{parse_command(line), {}, {}};
  if (step.command.verb == Verb::kMail) {
    auto mail = parse_mail(step.command.argument);
    if (auto* refusal = std::get_if<Reply>(&mail)) return std::move(*refusal);
    step.mail = std::move(std::get<MailArguments>(mail));
  } else if (step.command.verb == Verb::kRcpt) {
    auto recipient = parse_rcpt(step.command.argument);
    if (auto* refusal = std::get_if<Reply>(&recipient)) return std::move(*refusal);
    step.recipient = std::move(std::get<std::string>(recipient));
  }
  return step;
}

Verdict check_nothing(const Situation&, const Step&) { return {}; }

Verdict check_bare(const Situation&, const Step& step) {
  if (step.command.argument.empty()) return {};
  return refuse(501, "5.5.4", "Invalid command arguments: No parameters allowed");
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
  if (now.messages >= now.options.max_messages)
    return refuse(421, "4.5.3", "Too many messages sent, come again");
  if (step.mail.size > now.options.max_message_size)  // RFC 1870 6.1
    return refuse(552, "5.3.4", "Message too big for system");
  return {};
}

Verdict check_rcpt(const Situation& now, const Step&) {
  if (!now.state.has_sender) return out_of_order();
  if (now.state.recipients.size() >= now.options.max_recipients)  // RFC 5321 4.5.3.1.10
    return refuse(452, "4.5.3", "Too many recipients");
  return {};
}

Verdict check_data(const Situation& now, const Step& step) {
  if (auto refusal = check_bare(now, step)) return refusal;
  if (!now.state.has_sender) return out_of_order();
  if (now.state.recipients.empty())  // RFC 5321 4.1.1.4, RFC 2920 3.2
    return refuse(554, "5.5.1", "No valid recipients");
  return {};
}

Verdict check_starttls(const Situation& now, const Step& step) {
  if (auto refusal = check_bare(now, step)) return refusal;
  if (!now.options.tls) return refuse(502, "5.5.1", "Invalid command: Command not supported");
  if (now.state.tls) return refuse(503, "5.5.1", "Invalid command: Channel already secured");
  if (!now.state.extended) return out_of_order();
  // RFC 3207 5: STARTTLS is the last of its group. What waits behind it came in the clear and would
  // be taken for something said under TLS.
  if (now.input_waiting)
    return Refusal{Reply(554, "5.5.1", "Data after STARTTLS, closing connection"), true};
  return {};
}

}  // namespace mxlab::smtp
