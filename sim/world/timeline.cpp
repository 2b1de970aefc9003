#include "sim/world/timeline.hpp"

#include <algorithm>

namespace mxlab::sim {

namespace {
constexpr std::size_t kChildren = 4;
}

std::uint64_t Timeline::add(TimePoint at, std::uint32_t owner, Action action) {
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  Slot& s = slots_[slot];
  s.action = std::move(action);
  s.owner = owner;
  s.sequence = ++sequence_;
  s.live = true;
  if (at != TimePoint::max()) {
    heap_.push_back({at, s.sequence, slot, s.generation});
    sift_up(heap_.size() - 1);
  }
  return std::uint64_t{s.generation} << 32 | slot;
}

Action Timeline::cancel(std::uint64_t id) {
  auto slot = static_cast<std::uint32_t>(id);
  if (slot >= slots_.size() || !slots_[slot].live || slots_[slot].generation != id >> 32) return {};
  return release(slot);
}

std::vector<Action> Timeline::take_all(std::uint32_t owner) {
  std::vector<std::uint32_t> mine;
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot)
    if (slots_[slot].live && slots_[slot].owner == owner) mine.push_back(slot);
  std::sort(mine.begin(), mine.end(), [this](std::uint32_t a, std::uint32_t b) {
    return slots_[a].sequence < slots_[b].sequence;
  });
  std::vector<Action> actions;
  for (std::uint32_t slot : mine) actions.push_back(release(slot));
  return actions;
}

bool Timeline::empty() {
  drop_stale();
  return heap_.empty();
}

TimePoint Timeline::next_time() {
  drop_stale();
  return heap_.front().at;
}

std::pair<Action, std::uint32_t> Timeline::pop() {
  drop_stale();
  std::uint32_t slot = heap_.front().slot;
  std::uint32_t owner = slots_[slot].owner;
  pop_key();
  return {release(slot), owner};
}

Action Timeline::release(std::uint32_t slot) {
  Slot& s = slots_[slot];
  if (++s.generation == 0) s.generation = 1;
  s.live = false;
  free_.push_back(slot);
  return std::move(s.action);
}

void Timeline::drop_stale() {
  while (!heap_.empty() && stale(heap_.front())) pop_key();
}

void Timeline::sift_up(std::size_t place) {
  Key key = heap_[place];
  while (place > 0) {
    std::size_t parent = (place - 1) / kChildren;
    if (!(key < heap_[parent])) break;
    heap_[place] = heap_[parent];
    place = parent;
  }
  heap_[place] = key;
}

void Timeline::pop_key() {
  Key key = heap_.back();
  heap_.pop_back();
  if (heap_.empty()) return;
  std::size_t place = 0;
  for (;;) {
    std::size_t first = place * kChildren + 1;
    if (first >= heap_.size()) break;
    auto end =
        heap_.begin() + static_cast<std::ptrdiff_t>(std::min(first + kChildren, heap_.size()));
    auto least = std::min_element(heap_.begin() + static_cast<std::ptrdiff_t>(first), end);
    if (!(*least < key)) break;
    heap_[place] = *least;
    place = static_cast<std::size_t>(least - heap_.begin());
  }
  heap_[place] = key;
}

}  // namespace mxlab::sim
