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
  const world::Address network = network_of(address);
  const auto neighbours = per_network_.find(network);
  if (!trusted && neighbours != per_network_.end() && neighbours->second >= limits_.per_network)
    return {Answer::kTooMany, 0};
  if (guests_.size() - leaving_ >= limits_.sessions && !make_room(now)) return {Answer::kFull, 0};
  guests_[++last_] = {guest, network, trusted, false};
  if (!trusted) ++per_network_[network];
  return {Answer::kWelcome, last_};
}

/// Shows out whoever has been silent the longest, if that is long enough.
bool Admission::make_room(world::SteadyPoint now) {
  auto silence_began = [](const Entry& entry) {
    return entry.dismissed ? world::SteadyPoint::max() : entry.guest->silent_since();
  };
  const auto longest = std::ranges::min_element(
      guests_, {}, [&](const auto& ticket) { return silence_began(ticket.second); });
  if (longest == guests_.end() || silence_began(longest->second) > now - limits_.patience)
    return false;
  longest->second.dismissed = true;
  ++leaving_;
  ++dismissed_;
  longest->second.guest->dismiss(smtp::Farewell::kCrowded);
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
