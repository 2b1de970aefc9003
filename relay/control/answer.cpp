#include "relay/control/answer.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace mxlab::control {
namespace {

constexpr std::size_t kEnough = 32 * 1024;  // for one write
constexpr world::Duration kPatience = std::chrono::seconds(60);

}  // namespace

awaitable<void> Answer::put(std::string frame) {
  output_ += frame;
  if (output_.size() >= kEnough)
    co_await channel_.write_frames(std::exchange(output_, {}), kPatience);
}

awaitable<void> Answer::text(std::string lines) { co_await put(encode(TextRecord{lines}) + "\n"); }

awaitable<void> Answer::record(std::string json) { co_await put(encode(JsonRecord{json}) + "\n"); }

awaitable<void> Answer::bytes(std::string body) {
  for (std::size_t at = 0; at < body.size(); at += kMaxRun) {
    const std::string run = body.substr(at, kMaxRun);
    co_await put(fmt::format("{{\"bytes\":{}}}\n", run.size()) + run);
  }
}

awaitable<void> Answer::finish(LastRecord last) {
  co_await channel_.write_frames(std::exchange(output_, {}) + encode(last) + "\n", kPatience);
}

}  // namespace mxlab::control
