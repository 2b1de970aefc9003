// action.hpp - what a timeline event does: a move-only callable kept in place, without allocation.
#pragma once
#include <concepts>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace mxlab::sim {

/// Called at most once; a callable that takes a bool is told whether it was cancelled. Larger
/// callables than kRoom do not compile.
class Action {
 public:
  static constexpr std::size_t kRoom = 88;

  Action() = default;
  template <class F>
    requires(!std::same_as<std::decay_t<F>, Action>)
  explicit Action(F function) : table_(&kTable<F>) {
    static_assert(sizeof(F) <= kRoom && alignof(F) <= alignof(std::max_align_t));
    static_assert(std::is_nothrow_move_constructible_v<F>);
    new (room_) F(std::move(function));
  }
  Action(Action&& other) noexcept { take(other); }
  Action& operator=(Action&& other) noexcept {
    if (this == &other) return *this;
    reset();
    take(other);
    return *this;
  }
  ~Action() { reset(); }

  explicit operator bool() const { return table_ != nullptr; }
  void operator()(bool cancelled = false) { table_->call(room_, cancelled); }
  void reset() {
    if (table_ != nullptr) std::exchange(table_, nullptr)->destroy(room_);
  }

 private:
  struct Table {
    void (*call)(void*, bool cancelled);
    void (*move)(void* from, void* to);  // and destroys the source
    void (*destroy)(void*);
  };
  template <class F>
  static constexpr Table kTable{[](void* self, [[maybe_unused]] bool cancelled) {
                                  if constexpr (std::invocable<F&, bool>)
                                    (*static_cast<F*>(self))(cancelled);
                                  else
                                    (*static_cast<F*>(self))();
                                },
                                [](void* from, void* to) {
                                  new (to) F(std::move(*static_cast<F*>(from)));
                                  static_cast<F*>(from)->~F();
                                },
                                [](void* self) { static_cast<F*>(self)->~F(); }};
  void take(Action& other) {
    table_ = std::exchange(other.table_, nullptr);
    if (table_ != nullptr) table_->move(other.room_, room_);
  }

  const Table* table_ = nullptr;
  alignas(std::max_align_t) std::byte room_[kRoom];
};

}  // namespace mxlab::sim
