// way.hpp - how the mail of an action goes to its next hop. Pure.
//
// Envelopes whose ways have the same key share routes and connections. The key holds everything
// that makes a difference to a peer, but for what is looked up anew at each connection: passwords
// and certificates.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "relay/delivery/context.hpp"
#include "relay/smtp/client_session.hpp"

namespace mxlab::delivery {

using queue::Envelope;

struct DestinationKey {
  std::string domain;  // of the recipients; empty: hosts are given, all domains go there
  std::string helo, own_name;
  bool backup = false;
  bool utf8 = false;    // the peer must offer SMTPUTF8
  std::string details;  // the rest of it, in words
  auto operator<=>(const DestinationKey&) const = default;
};

struct Way {
  DestinationKey key;
  config::Action action;
  std::vector<config::RelayUrl> hosts;  // empty: the MX of the domain
  std::string description;              // as smtpctl show relays has it, without its brackets
};

/// Or why there is none: no URL for this domain in the table that `domain` names.
std::variant<Way, queue::Failure> way_of(const Context& context, const Envelope& envelope,
                                         const config::Action& action);

/// The sender that the next hop shall see: the envelope's, or mail-from's, or under `srs`, when an
/// alias sends it on, an address of ours. The null sender always stays: nothing may answer it.
std::string sender_of(const Context& context, const Envelope& envelope,
                      const config::Action& action);

/// The user and the password that stand in the action's table for this label.
std::optional<smtp::Login> login_of(const config::Action& action, const std::string& label);

/// The domain's own limits, else everybody's.
const config::MtaLimits& limits_for(const config::Config& config, const std::string& domain);

}  // namespace mxlab::delivery
