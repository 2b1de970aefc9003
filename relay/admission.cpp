#include "relay/admission.hpp"

#include <algorithm>

#include "relay/networks.hpp"

namespace mxlab::relay {

AdmissionLimits Admission::limits_for(std::size_t most) {
  AdmissionLimits limits;
  limits.sessions = std::max<std::size_t>(1, most - most / 16);
  return limits;
}

Admission::Decision Admission::admit(const world::Address& address, smtp::Guest* guest,
                                     world::SteadyPoint now, bool trusted) {
  if (closing_) return {Answer::kClosing, 0};
  if (refusing_) return {Answer::kRefused, 0};
  const world::Address network = network_of(address);
  const std::size_t company = neighbours(network);
  if (!trusted && company >= limits_.per_network) return {Answer::kTooMany, 0};
  const bool full = guests_.size() - leaving_ >= limits_.sessions;
  if (full && !make_room(company, now)) return {Answer::kFull, 0};
  guests_[++last_] = {guest, network, trusted, false};
  if (!trusted) ++per_network_[network];
  return {Answer::kWelcome, last_};
}

std::size_t Admission::neighbours(const world::Address& network) const {
  const auto found = per_network_.find(network);
  return found == per_network_.end() ? 0 : found->second;
}

template <class Allowed>
Admission::Entry* Admission::longest_silent(Allowed allowed) {
  Entry* longest = nullptr;
  for (auto& [ticket, entry] : guests_) {
    if (entry.dismissed || !allowed(entry)) continue;
    if (longest == nullptr || entry.guest->silent_since() < longest->guest->silent_since())
      longest = &entry;
  }
  return longest;
}

/// Shows out whoever has been silent the longest, if that is long enough.
bool Admission::make_room(std::size_t company, world::SteadyPoint now) {
  const std::size_t crowd = std::max(limits_.crowd, 2 * company);
  Entry* longest = longest_silent([](const Entry&) { return true; });
  if (longest == nullptr || longest->guest->silent_since() > now - limits_.patience) {
    longest = longest_silent(
        [&](const Entry& entry) { return !entry.trusted && neighbours(entry.network) > crowd; });
    if (longest == nullptr || longest->guest->silent_since() > now - limits_.crowd_patience)
      return false;
  }
  longest->dismissed = true;
  ++leaving_;
  ++dismissed_;
  longest->guest->dismiss(smtp::Farewell::kCrowded);
  return true;
}

void Admission::leave(Ticket ticket) {
  const auto found = guests_.find(ticket);
  if (found == guests_.end()) return;
  if (found->second.dismissed) --leaving_;
  if (!found->second.trusted) {
    const auto neighbours = per_network_.find(found->second.network);
    if (--neighbours->second == 0) per_network_.erase(neighbours);
  }
  guests_.erase(found);
}

void Admission::close() {
  closing_ = true;
  for (auto& [ticket, entry] : guests_) entry.guest->dismiss(smtp::Farewell::kClosing);
}

}  // namespace mxlab::relay
