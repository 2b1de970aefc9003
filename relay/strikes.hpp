// strikes.hpp - how often each network did what it should not, in the time that we remember.
//
// Bounded in memory: when it is full, whoever did nothing for the longest is forgotten first. No
// clock of its own: times in, counts out.
#pragma once
#include <map>
#include <set>

#include "relay/world/address.hpp"
#include "relay/world/time.hpp"

namespace mxlab::relay {

struct StrikeLimits {
  world::Duration memory = std::chrono::minutes(15);  // since the last strike
  std::size_t networks = 10'000;
};

class Strikes {
 public:
  explicit Strikes(StrikeLimits limits = {}) : limits_(limits) {}

  /// One more; returns how many there are now.
  std::size_t add(const world::Address& address, world::SteadyPoint now);
  std::size_t count(const world::Address& address, world::SteadyPoint now) const;
  void forgive(const world::Address& address);
  std::size_t size() const { return records_.size(); }

 private:
  struct Record {
    std::size_t count = 0;
    world::SteadyPoint last{};
  };
  using Age = std::pair<world::SteadyPoint, world::Address>;

  StrikeLimits limits_;
  std::map<world::Address, Record> records_;
  std::set<Age> by_age_;
};

}  // namespace mxlab::relay
