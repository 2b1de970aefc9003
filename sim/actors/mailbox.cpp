#include "sim/actors/mailbox.hpp"

#include "relay/smtp/ascii.hpp"

namespace mxlab::sim {

std::vector<Delivered> Mailboxes::of(const std::string& mailbox) const {
  std::vector<Delivered> found;
  for (const Delivered& message : messages_)
    if (smtp::equals_ignoring_case(message.mailbox, mailbox)) found.push_back(message);
  return found;
}

}  // namespace mxlab::sim
