#include "relay/world/timer_heap.hpp"

#include <tuple>

namespace mxlab::world {

std::uint64_t TimerHeap::add(SteadyPoint at, Wakeup wakeup) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Slot& slot = slots_[index];
  slot.at = at;
  slot.order = ++added_;
  slot.wakeup = std::move(wakeup);
  heap_.push_back(index);
  slot.place = static_cast<std::uint32_t>(heap_.size() - 1);
  rise(slot.place);
  return (std::uint64_t{slot.generation} << 32) | (index + 1);
}

Wakeup TimerHeap::remove(std::uint64_t id) {
  const std::uint64_t number = id & 0xffff'ffff;
  if (number == 0 || number > slots_.size()) return {};
  const auto index = static_cast<std::uint32_t>(number - 1);
  if (slots_[index].generation != id >> 32) return {};
  return take(index);
}

Wakeup TimerHeap::take(std::uint32_t index) {
  Slot& slot = slots_[index];
  const std::size_t place = slot.place;
  const std::uint32_t last = heap_.back();
  heap_.pop_back();
  if (last != index) {
    put(place, last);
    rise(place);
    sink(slots_[last].place);
  }
  ++slot.generation;
  free_.push_back(index);
  return std::move(slot.wakeup);
}

bool TimerHeap::before(std::uint32_t a, std::uint32_t b) const {
  return std::tie(slots_[a].at, slots_[a].order) < std::tie(slots_[b].at, slots_[b].order);
}

void TimerHeap::put(std::size_t place, std::uint32_t slot) {
  heap_[place] = slot;
  slots_[slot].place = static_cast<std::uint32_t>(place);
}

void TimerHeap::rise(std::size_t place) {
  const std::uint32_t slot = heap_[place];
  for (; place > 0 && before(slot, heap_[(place - 1) / 2]); place = (place - 1) / 2)
    put(place, heap_[(place - 1) / 2]);
  put(place, slot);
}

void TimerHeap::sink(std::size_t place) {
  const std::uint32_t slot = heap_[place];
  for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
    if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
    if (!before(heap_[child], slot)) break;
    put(place, heap_[child]);
    place = child;
  }
  put(place, slot);
}

}  // namespace mxlab::world
