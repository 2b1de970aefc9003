#include "sim/judge/witness.hpp"

#include "relay/smtp/address.hpp"
#include "relay/smtp/ascii.hpp"

namespace mxlab::sim {
namespace {

/// Behind the colon of MAIL FROM: and RCPT TO:; whoever was answered with 250 has written one.
smtp::Path path_of(const std::string& command, smtp::PathKind kind) {
  const std::string text = command.substr(command.find(':') + 1);
  auto path = smtp::parse_path(text, kind, smtp::Charset::kUtf8);
  const auto* good = std::get_if<smtp::Path>(&path);
  return good == nullptr ? smtp::Path{} : *good;
}

/// "220 mx2.example.org ESMTP" (RFC 5321 4.2).
std::string name_in(const std::string& banner) {
  constexpr std::size_t kName = 4;
  return banner.substr(kName, banner.find(' ', kName) - kName);
}

/// "250 2.0.0 1a2b3c4d Message accepted for delivery"; empty when the reply is another one.
std::string id_in(std::string_view reply) {
  static constexpr std::string_view kBefore = "250 2.0.0 ",
                                    kAfter = " Message accepted for delivery";
  if (!reply.starts_with(kBefore) || !reply.ends_with(kAfter)) return "";
  return std::string(reply.substr(kBefore.size(), reply.size() - kBefore.size() - kAfter.size()));
}

bool is(const std::string& command, std::string_view verb) {
  return smtp::to_upper(command.substr(0, verb.size())) == verb;
}

/// RFC 3461 4.1.
bool wants_no_report(const smtp::Path& path) {
  return smtp::to_upper(path.rest).find("NOTIFY=NEVER") != std::string::npos;
}

}  // namespace

void Witness::read(const Event& event) {
  if (event.kind == EventKind::kSent) talks_[event.subject].command = event.text;
  if (event.kind == EventKind::kReceived) heard(talks_[event.subject], event);
}

void Witness::heard(Talk& talk, const Event& event) {
  if (event.text.starts_with("220 ") && talk.host.empty()) talk.host = name_in(event.text);
  if (!event.text.starts_with("250 ")) return;
  if (const std::string id = id_in(event.text); !id.empty()) {
    for (Recipient& to : talk.recipients)
      ledger_.posted({id, talk.sender, to.address, event.at, talk.host, to.silent});
    talk.recipients.clear();
  } else if (is(talk.command, "MAIL FROM:")) {
    talk.sender = path_of(talk.command, smtp::PathKind::kReverse).address;
    talk.recipients.clear();
  } else if (is(talk.command, "RCPT TO:")) {
    const smtp::Path to = path_of(talk.command, smtp::PathKind::kForward);
    talk.recipients.push_back({to.address, wants_no_report(to)});
  } else if (is(talk.command, "RSET") || is(talk.command, "EHLO") || is(talk.command, "HELO")) {
    talk.recipients.clear();
  }
}

}  // namespace mxlab::sim
