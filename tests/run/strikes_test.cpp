// The moments of a relay's own work, and the supervisor that starts it again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/run/lab_runner.hpp"
#include "sim/scenario/words.hpp"

namespace mxlab::sim {
namespace {

std::string story(const std::string& strike, const std::string& rest) {
  return "name: x\n"
         "dns: {example.org: [MX 10 mail.example.org, MX 100 mx2.example.org], "
         "home.example: MX 10 mail.home.example}\n"
         "hosts:\n"
         "  mail.home.example: {is: sender}\n"
         "  mail.example.org: {is: primary}\n"
         "  mx2.example.org:\n"
         "    is: relay\n"
         "    restarts: 10s\n"
         "    config: |\n"
         "      queue ttl 1h\n"
         "      listen on egress\n"
         "      action \"backup\" relay backup\n"
         "      match from any for domain \"example.org\" action \"backup\"\n"
         "steps:\n"
         "  - at: 1s\n"
         "    " +
         strike +
         "\n"
         "    reject: {to: mail.example.org, from: mail.home.example}\n" +
         rest +
         "  - at: 2s\n"
         "    send: {from: a@home.example, to: b@example.org}\n"
         "  - at: 3h\n"
         "    note: over\n"
         "judge: invariants\n";
}

struct Deaths {
  std::vector<EventKind> kinds;
  std::vector<std::string> facts;  // of the instant of each death
  std::vector<std::string> broken;
};

Deaths deaths_of(const std::string& text) {
  const auto parsed = scenario::parse("x.yaml", text);
  if (!parsed.scenario) throw std::runtime_error(scenario::format(parsed.diagnostics.front()));
  LabRunner runner(*parsed.scenario, {});
  Deaths deaths;
  std::string instant;
  TimePoint when{};
  runner.lab().trace().on_event([&](const Event& event) {
    if (event.host != 2) return;
    if (event.at != when) instant.clear();
    when = event.at;
    if (event.kind == EventKind::kQueue || event.kind == EventKind::kSent)
      instant += event.text + "\n";
    if (event.kind != EventKind::kCrash && event.kind != EventKind::kKill) return;
    deaths.kinds.push_back(event.kind);
    deaths.facts.push_back(instant);
  });
  deaths.broken = runner.run().invariants;
  return deaths;
}

const std::string kDown = "    stop: mail.example.org\n";
const std::string kRefuses = "    answer: {mail.example.org: {rcpt: 550 5.1.1 unknown}}\n";

TEST(Strikes, HitTheRelayAtItsOwnWork) {
  const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
      {"accepted", "", "accepted for b@example.org"},
      {"answered", "", "Message accepted for delivery"},
      {"attempt", "", "attempt"},
      {"delivered", "", "Ok"},
      {"deferred", kDown, "TempFail"},
      {"refused", kRefuses, "PermFail"},
      {"reported", kRefuses, "report to a@home.example"},
      {"expired", kDown, "Expired"},
  };
  ASSERT_EQ(cases.size(), scenario::words::kMarks.size());
  for (const auto& [mark, fault, fact] : cases)
    for (const std::string verb : {"crash", "kill"}) {
      const Deaths deaths = deaths_of(story(verb + ": {mx2.example.org: " + mark + "}", fault));
      ASSERT_EQ(deaths.kinds.size(), 1u) << verb << " " << mark;
      EXPECT_EQ(deaths.kinds[0], verb == "crash" ? EventKind::kCrash : EventKind::kKill);
      EXPECT_THAT(deaths.facts[0], testing::HasSubstr(fact)) << verb << " " << mark;
      EXPECT_TRUE(deaths.broken.empty()) << verb << " " << mark << ": " << deaths.broken.front();
    }
}

TEST(Strikes, AMomentThatNeverComesHurtsNobody) {
  EXPECT_TRUE(deaths_of(story("crash: {mx2.example.org: expired}", "")).kinds.empty());
}

}  // namespace
}  // namespace mxlab::sim
