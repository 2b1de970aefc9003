// recipients.hpp - where a recipient's mail goes: rules, aliases, local users. Pure.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "relay/config/config.hpp"
#include "relay/delivery/accounts.hpp"
#include "relay/queue/envelope.hpp"
#include "relay/smtp/reply.hpp"

namespace mxlab::delivery {

/// One place to which a recipient's mail goes.
struct Target {
  queue::EnvelopeKind kind = queue::EnvelopeKind::kRelay;
  std::string destination;  // the last address on the way there: user@domain
  std::string user;         // kLocal: whose mailbox
  std::string action;
  bool internal = false;  // made by alias expansion
};

/// Makes it an envelope to this target.
void direct(queue::Envelope& envelope, const Target& target);

struct Directory {
  const config::Config& config;
  const Accounts& accounts;
  std::string server_name;
  world::TimePoint now{};  // tells which rewritten senders (srs) are too old
};

/// The targets of transaction.recipient by the first rule that matches, or the reply that refuses
/// it ("550 Invalid recipient: <…>"). Aliases and virtual domains are followed to a depth of 10; an
/// alias with a member that leads nowhere is refused, one with an error: speaks that error. An
/// address that an alias names is taken to the rules as if it came from this host; so is the
/// address that a report finds behind a sender which we have rewritten (srs).
std::variant<std::vector<Target>, smtp::Reply> resolve_recipient(
    const Directory& directory, const config::Transaction& transaction);

/// Where the relay's own report goes: as a local submission, except that without any matching rule
/// it is relayed all the same, since a failure that nobody hears of is mail lost. Nothing when a
/// rule says reject.
std::optional<std::vector<Target>> resolve_report(const Directory& directory,
                                                  const std::string& recipient);

}  // namespace mxlab::delivery
