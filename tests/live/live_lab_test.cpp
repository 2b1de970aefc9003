// live_lab_test.cpp - the runner and its judge on real programs: what holds passes, what does not
// fails, and what cannot start says why.
#include "sim/live/live_lab.hpp"

#include <gmock/gmock.h>

#include "sim/run/runner.hpp"
#include "tests/live/inside.hpp"

namespace mxlab::sim::live {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class PlayedLive : public LiveTest {};

constexpr const char* kCast = R"(name: A story of a test
dns:
  example.org: [MX 10 mail.example.org, MX 100 mx2.example.org]
  websteading.net: [MX 10 mail.websteading.net]
hosts:
  mail.websteading.net: {is: sender}
  mail.example.org: {is: primary}
  mx2.example.org:
    is: relay
    config: |
      listen on egress
      action "backup" relay backup
      match from any for domain "example.org" action "backup"
)";

scenario::Scenario story(const std::string& steps) {
  auto result = scenario::parse("story.yaml", kCast + steps);
  for (const auto& diagnostic : result.diagnostics) ADD_FAILURE() << scenario::format(diagnostic);
  return result.scenario.value();
}

RunResult played(const scenario::Scenario& scenario, const std::filesystem::path& place) {
  LiveLab lab(scenario, {place, MXLAB_MXRELAYD, std::chrono::seconds(10)});
  return Runner(lab, {}).run();
}

TEST_F(PlayedLive, AnOutageIsBridgedByTheRealRelay) {
  inside([](const std::filesystem::path& place) {
    const auto scenario = story(R"(steps:
  - stop: mail.example.org
  - send: {from: test@websteading.net, to: someone@example.org}
  - within: 20s
    expect: {mx2.example.org: {queue: 1, client.conn: 1}}
  - start: mail.example.org
    schedule: mx2.example.org
  - within: 20s
    expect:
      mx2.example.org: {queue: 0, asked: {example.org MX: at least 1}}
      mail.example.org: {mailbox: {someone@example.org: [{received: 3}]}}
never: [bounce, delivered twice]
)");
    const RunResult result = played(scenario, place);
    EXPECT_THAT(result.invariants, IsEmpty());
    for (const Failure& failure : result.failures)
      ADD_FAILURE() << failure.broken.what << ": " << failure.broken.actual;
    EXPECT_EQ(result.checked, 2u);
  });
}

TEST_F(PlayedLive, WhatDoesNotHoldFails) {
  inside([](const std::filesystem::path& place) {
    const auto scenario = story(R"(steps:
  - send: {from: test@websteading.net, to: someone@example.org}
  - within: 20s
    expect: {mail.example.org: {mailbox: {someone@example.org: 1}}}
  - expect: {mail.example.org: {envelope.enq: 2}}
heal: no
live: {tolerance: 100ms}
)");
    const RunResult result = played(scenario, place);
    ASSERT_THAT(result.failures, SizeIs(1));
    EXPECT_EQ(result.failures.front().broken.what, "envelope.enq");
    EXPECT_EQ(result.failures.front().broken.actual, "1");
  });
}

TEST_F(PlayedLive, ARelayThatCannotStartSaysWhy) {
  inside([](const std::filesystem::path& place) {
    const auto scenario = story(R"(steps:
  - expect: {mx2.example.org: {queue: 0}}
live: {config: {mx2.example.org: "this is no directive\n"}}
)");
    try {
      played(scenario, place);
      ADD_FAILURE() << "it started";
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), ::testing::StartsWith("mx2.example.org does not start: "));
    }
  });
}

}  // namespace
}  // namespace mxlab::sim::live
