// A primary that comes back after a long outage gets its mail within a minute, where the operator
// wants that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/relay/lab.hpp"

namespace mxlab::relay {
namespace {

using testing::SizeIs;

const std::string kBackup =
    "listen on egress\nlisten on socket\naction \"backup\" relay backup\n"
    "match from any for any action \"backup\"\n";
constexpr double kHour = 3600;

/// The primary is down, and mail for it waits since six hours.
struct LongOutage : RelayLab {
  explicit LongOutage(std::string config) : RelayLab(std::move(config)) {
    zones.add("example.org", "MX 10 mail.example.org");
    zones.add("example.org", "MX 20 mx2.example.org");
    simulation.kill(*peer.host);
    boot_relay();
    EXPECT_EQ(fault, "");
    for (int i = 0; i < 3; ++i) submit("alice@example.net", {"bob@example.org"});
    run_until(6 * kHour);
  }
  /// Seconds until all mail is there.
  double recover() {
    boot(peer);
    const double begin = now();
    while (peer.mails() < 3 && now() < begin + 2 * kHour) run_until(now() + 1);
    return now() - begin;
  }
  Peer& peer = add_peer("mail.example.org", 20);
};

TEST(Recovery, WithoutProbesMailWaitsForItsTurn) {
  LongOutage lab(kBackup);
  EXPECT_GT(lab.recover(), 600) << "as in OpenSMTPD";
  EXPECT_EQ(lab.counter("mta.probe"), 0);
}

TEST(Recovery, WithProbesMailIsThereWithinAMinute) {
  LongOutage lab("mta recovery-probe 30s\n" + kBackup);
  EXPECT_LT(lab.recover(), 60);
  EXPECT_EQ(lab.peer.mails(), 3u) << "each once";
  const auto probes = lab.counter("mta.probe");
  EXPECT_GT(probes, 6 * 3600 / 40);
  EXPECT_LT(probes, 6 * 3600 / 20);
  EXPECT_EQ(lab.counter("mta.probe.answered"), 1);
  EXPECT_EQ(lab.count_logs("answers again, 3 envelopes for example.org are tried now"), 1u);
  lab.run_until(lab.now() + kHour);
  EXPECT_EQ(lab.counter("mta.probe"), probes) << "the watch is over";
}

TEST(Recovery, AHostThatGreetsAndTakesNothingIsAskedEverMoreRarely) {
  LongOutage lab("mta recovery-probe 30s\n" + kBackup);
  lab.peer.manners.set_answer("ehlo", "421 not yet");
  lab.boot(lab.peer);
  const auto before = lab.counter("mta.probe.answered");
  lab.run_until(lab.now() + 3 * kHour);
  const auto greeted = lab.counter("mta.probe.answered") - before;
  EXPECT_GE(greeted, 3);
  EXPECT_LE(greeted, 12) << "and not 360 times";
  EXPECT_EQ(lab.peer.mails(), 0u);
}

TEST(Recovery, APlainRelayProbesNobody) {
  LongOutage lab("mta recovery-probe 30s\n" + RelayLab::kRelayForAll);
  EXPECT_EQ(lab.counter("mta.probe"), 0) << "the best MX of the domain is not ours to watch";
}

}  // namespace
}  // namespace mxlab::relay
