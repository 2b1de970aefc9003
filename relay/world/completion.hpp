// completion.hpp - what an asynchronous call does when it is done: once, and only once.
#pragma once
#include <concepts>
#include <memory>
#include <system_error>
#include <utility>

namespace mxlab::world {

using std::error_code;

/// A move-only callable that may be called once. (Asio 1.22 has no any_completion_handler.)
template <class... Args>
class Completion {
  struct Base {
    virtual ~Base() = default;
    virtual void call(Args... args) = 0;
  };
  template <class F>
  struct Model final : Base {
    explicit Model(F&& function) : function_(std::move(function)) {}
    void call(Args... args) override { std::move(function_)(args...); }
    F function_;
  };

 public:
  Completion() = default;
  template <class F>
    requires(!std::same_as<std::decay_t<F>, Completion>)
  explicit Completion(F function) : target_(std::make_unique<Model<F>>(std::move(function))) {}

  explicit operator bool() const { return static_cast<bool>(target_); }
  void operator()(Args... args) {
    auto target = std::move(target_);
    target->call(args...);
  }

 private:
  std::unique_ptr<Base> target_;
};

using IoCompletion = Completion<error_code, std::size_t>;
using Wakeup = Completion<error_code>;

}  // namespace mxlab::world
