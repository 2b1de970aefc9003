// story.hpp - for tests: a sender, a primary and a backup, and a story that a test tells with them.
#pragma once
#include <gtest/gtest.h>
#include <string>

#include "sim/scenario/scenario.hpp"

namespace mxlab::sim::testing {

inline constexpr const char* kSender = "mail.websteading.net";
inline constexpr const char* kPrimary = "mail.example.org";
inline constexpr const char* kBackup = "mx2.example.org";

/// Everything before the steps.
inline constexpr const char* kCast = R"(name: A story of a test
group: useful
explain: >
  A letter goes by way of the backup while the primary is down.

dns:
  example.org: [MX 10 mail.example.org, MX 100 mx2.example.org]
  websteading.net: [MX 10 mail.websteading.net]

hosts:
  mail.websteading.net: {is: sender, like: opensmtpd}
  mail.example.org: {is: primary}
  mx2.example.org:
    is: relay
    config: |
      listen on egress
      action "backup" relay backup
      match from any for domain "example.org" action "backup"

)";

/// The primary is down, the letter comes to the backup, the primary is back.
inline constexpr const char* kOutage = R"(steps:
  - at: 5s
    stop: mail.example.org
  - at: 10s
    send: {from: test@websteading.net, to: someone@example.org}
  - at: 20s
    start: mail.example.org
  - at: 30s
    expect:
      mx2.example.org: {queue: 1}
)";

inline scenario::Scenario parsed(const std::string& text) {
  auto result = scenario::parse("story.yaml", text);
  for (const auto& diagnostic : result.diagnostics) ADD_FAILURE() << scenario::format(diagnostic);
  return result.scenario.value();
}

/// The same cast, with these steps and what comes behind them.
inline scenario::Scenario story(const std::string& rest) { return parsed(kCast + rest); }

}  // namespace mxlab::sim::testing
