#include "relay/delivery/pace.hpp"

#include <algorithm>

namespace mxlab::delivery {
namespace {

constexpr std::size_t kLargestWindow = 64;
// A session must be worth its handshakes: so many messages wait for each that is open, and as many
// for the new one.
constexpr std::size_t kWorthASession = 10;

bool is_set_by_operator(const config::MtaLimits& limits) {
  const config::MtaLimits defaults;
  return limits.delay_relay != defaults.delay_relay ||
         limits.delay_connector != defaults.delay_connector ||
         limits.delay_domain != defaults.delay_domain;
}

}  // namespace

void Pace::answered() {
  if (++answers_ < window_) return;
  answers_ = 0;
  window_ = std::min(window_ * 2, kLargestWindow);
}

void Pace::refused() {
  answers_ = 0;
  window_ = std::max<std::size_t>(window_ / 2, 1);
}

bool Pace::hurries(std::size_t tasks, std::size_t sessions, const config::MtaLimits& limits) const {
  return !is_set_by_operator(limits) && sessions > 0 && sessions < window_ &&
         tasks >= kWorthASession * (sessions + 1);
}

void Pace::told_to_hurry(const config::MtaLimits& limits) {
  if (!is_set_by_operator(limits)) next_ = {};
}

void Pace::connected(SteadyPoint now, const config::MtaLimits& limits) {
  next_ = now + std::max({limits.delay_relay, limits.delay_connector, limits.delay_domain});
}

}  // namespace mxlab::delivery
