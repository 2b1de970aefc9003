#include "relay/delivery/turns.hpp"

#include <algorithm>

namespace mxlab::delivery {
namespace {
constexpr std::size_t kMostAtOnce = 50;  // OpenSMTPD mda limit max-session
}

bool Turns::has_room(const std::string& place, std::size_t most_there) const {
  if (all_ >= kMostAtOnce) return false;
  auto at = busy_.find(place);
  return at == busy_.end() || at->second < most_there;
}

void Turns::admit(const std::string& place) {
  ++busy_[place];
  ++all_;
}

world::awaitable<void> Turns::enter(std::string place, std::size_t most_there) {
  // Those who wait wait for another place, or all there is: nobody is overtaken.
  if (has_room(place, most_there)) {
    admit(place);
    co_return;
  }
  auto turn = std::make_shared<Waiting>(clock_, std::move(place), most_there);
  waiting_.push_back(turn);
  co_await turn->admitted.wait();
}

void Turns::leave(const std::string& place) {
  --all_;
  if (auto at = busy_.find(place); --at->second == 0) busy_.erase(at);
  auto next = std::find_if(waiting_.begin(), waiting_.end(), [this](const auto& turn) {
    return has_room(turn->place, turn->most_there);
  });
  if (next == waiting_.end()) return;
  auto turn = std::move(*next);
  waiting_.erase(next);
  admit(turn->place);
  turn->admitted.notify();
}

}  // namespace mxlab::delivery
