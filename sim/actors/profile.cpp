#include "sim/actors/profile.hpp"

#include <algorithm>

namespace mxlab::sim {
namespace {

Retry next_quadratic(const RetrySchedule& schedule, TimePoint creation, std::uint32_t failures,
                     TimePoint now) {
  // Past this the attempts would lie beyond every lifetime; the bound keeps the product small.
  constexpr std::uint32_t kMost = 10'000;
  Retry retry{failures, creation};
  do {
    const auto n = static_cast<std::int64_t>(std::min(retry.failures, kMost));
    retry.at = creation + schedule.base * n * n;
    if (retry.at >= now || retry.failures >= kMost) break;
    ++retry.failures;
  } while (true);
  return retry;
}

Duration gap_after(const RetrySchedule& schedule, std::uint32_t failures) {
  const std::uint32_t step = failures == 0 ? 0 : failures - 1;
  if (schedule.kind == RetryKind::kList)
    return schedule.gaps.at(std::min<std::size_t>(step, schedule.gaps.size() - 1));
  Duration gap = schedule.base;
  for (std::uint32_t i = 0; i < step && gap < schedule.cap; ++i) gap *= 2;
  return std::min(gap, schedule.cap);
}

}  // namespace

Retry next_retry(const RetrySchedule& schedule, TimePoint creation, std::uint32_t failures,
                 TimePoint now) {
  if (schedule.kind == RetryKind::kQuadratic)
    return next_quadratic(schedule, creation, failures, now);
  return {failures, now + gap_after(schedule, failures)};
}

SenderProfile opensmtpd() {
  SenderProfile profile;  // whose defaults are OpenSMTPD's
  profile.name = "opensmtpd";
  profile.timeouts.end_of_data = 300s;  // one limit for every wait (mta_session.c)
  return profile;
}

std::optional<SenderProfile> find_profile(std::string_view name) {
  if (name == "opensmtpd") return opensmtpd();
  return std::nullopt;
}

}  // namespace mxlab::sim
