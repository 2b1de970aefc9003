// timer_heap.hpp - who waits until when: add, take back, next. Pure.
//
// A heap that knows where each entry stands, because nearly every wait of a mail server is a
// deadline that is taken back before it comes. It allocates only when it grows.
#pragma once
#include <cstdint>
#include <vector>

#include "relay/world/completion.hpp"
#include "relay/world/time.hpp"

namespace mxlab::world {

class TimerHeap {
 public:
  /// The id is never 0, and not given again while anybody may still remember it.
  std::uint64_t add(SteadyPoint at, Wakeup wakeup);
  /// Empty when there is no such wait any more.
  Wakeup remove(std::uint64_t id);
  bool empty() const { return heap_.empty(); }
  /// Not when empty().
  SteadyPoint earliest() const { return slots_[heap_.front()].at; }
  /// The earliest; of equal ones, the one that was added first. Not when empty().
  Wakeup take_earliest() { return take(heap_.front()); }

 private:
  struct Slot {
    SteadyPoint at{};
    std::uint64_t order = 0;  // of adding
    std::uint32_t place = 0;  // in heap_
    std::uint32_t generation = 0;
    Wakeup wakeup;
  };

  bool before(std::uint32_t a, std::uint32_t b) const;
  void put(std::size_t place, std::uint32_t slot);
  void rise(std::size_t place);
  void sink(std::size_t place);
  Wakeup take(std::uint32_t slot);

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> heap_;  // slots, the earliest first
  std::vector<std::uint32_t> free_;
  std::uint64_t added_ = 0;
};

}  // namespace mxlab::world
