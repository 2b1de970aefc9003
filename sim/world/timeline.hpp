// timeline.hpp - the events to come, in order of time, and of arrival when times are equal.
//
// A heap of small keys over a slab of actions: adding, cancelling and taking allocate nothing once
// the slab has grown. Cancelled events leave their key behind; it is skipped when it comes up.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "relay/world/time.hpp"
#include "sim/world/action.hpp"

namespace mxlab::sim {

using world::Duration;
using world::TimePoint;

class Timeline {
 public:
  /// Events that belong to no host: those of the scenario and of the network itself.
  static constexpr std::uint32_t kNobody = 0xffffffff;

  /// Returns the event's id, never 0. `owner` is the index of the host whose death ends it. At
  /// TimePoint::max() it never comes; it only waits to be cancelled.
  std::uint64_t add(TimePoint at, std::uint32_t owner, Action action);
  /// The action of an event still to come, which is then forgotten; an empty one otherwise.
  Action cancel(std::uint64_t id);
  /// All actions of one owner, in the order in which they were added.
  std::vector<Action> take_all(std::uint32_t owner);

  bool empty();
  TimePoint next_time();  // not when empty
  /// The next action (not when empty) and whose it is.
  std::pair<Action, std::uint32_t> pop();

 private:
  struct Slot {
    Action action;
    std::uint32_t generation = 1;
    std::uint32_t owner = kNobody;
    std::uint64_t sequence = 0;
    bool live = false;
  };
  struct Key {
    TimePoint at;
    std::uint64_t sequence;
    std::uint32_t slot;
    std::uint32_t generation;
    bool operator<(const Key& other) const {
      return at != other.at ? at < other.at : sequence < other.sequence;
    }
  };
  bool stale(const Key& key) const { return slots_[key.slot].generation != key.generation; }
  Action release(std::uint32_t slot);
  void drop_stale();
  void sift_up(std::size_t place);
  void pop_key();

  std::vector<Key> heap_;  // four children a node: half the levels of a binary heap
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::uint64_t sequence_ = 0;
};

}  // namespace mxlab::sim
