#include "relay/strikes.hpp"

#include "relay/networks.hpp"

namespace mxlab::relay {

std::size_t Strikes::count(const world::Address& address, world::SteadyPoint now) const {
  const auto found = records_.find(network_of(address));
  if (found == records_.end() || now - found->second.last > limits_.memory) return 0;
  return found->second.count;
}

std::size_t Strikes::add(const world::Address& address, world::SteadyPoint now) {
  const std::size_t count = this->count(address, now) + 1;
  forgive(address);
  if (records_.size() >= limits_.networks) {
    const Age oldest = *by_age_.begin();
    records_.erase(oldest.second);
    by_age_.erase(oldest);
  }
  const world::Address network = network_of(address);
  records_[network] = {count, now};
  by_age_.emplace(now, network);
  return count;
}

void Strikes::forgive(const world::Address& address) {
  const auto found = records_.find(network_of(address));
  if (found == records_.end()) return;
  by_age_.erase({found->second.last, found->first});
  records_.erase(found);
}

}  // namespace mxlab::relay
