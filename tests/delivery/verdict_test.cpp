// What an attempt's outcome means for the queue.
#include "relay/delivery/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mxlab::delivery {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

const TimePoint kCreation{std::chrono::sys_days(std::chrono::year(2030) / 1 / 1)};
const queue::Failure kBusy{"450 4.2.0 busy", "4.2.0", "mail.example.org (192.0.2.20)"};

Envelope mail() {
  Envelope envelope;
  envelope.id = queue::EnvelopeId::of(1, 0);
  envelope.sender = "alice@example.net";
  envelope.recipient = envelope.destination = "bob@example.org";
  envelope.action = "backup";
  envelope.creation = envelope.next_attempt = kCreation;
  return envelope;
}

Lifetime usual() { return {std::chrono::days(4), {4h}}; }

Envelope deferred(Envelope envelope, const Verdict& verdict) {
  const queue::Deferral& d = verdict.deferral.value();
  envelope.tries = d.tries;
  envelope.next_attempt = d.next_attempt;
  envelope.wake = d.wake;
  envelope.last_warning = d.last_warning;
  envelope.last_failure = d.failure;
  return envelope;
}

// D17
TEST(Verdict, TemporaryFailuresAreTriedAgainAt400TimesNSquared) {
  Envelope envelope = mail();
  for (int n : {1, 2, 3, 4, 5}) {
    auto verdict = after_temporary_failure(envelope, kBusy, usual(), envelope.next_attempt + 1s);
    EXPECT_FALSE(verdict.finished);
    envelope = deferred(envelope, verdict);
    EXPECT_EQ(envelope.next_attempt, kCreation + 400s * n * n) << n;
    EXPECT_EQ(envelope.wake, envelope.next_attempt);
    EXPECT_EQ(envelope.last_failure.text, kBusy.text);
  }
}

TEST(Verdict, TheSchedulerLooksNoLaterThanTheExpiry) {
  Envelope envelope = mail();
  auto verdict = after_temporary_failure(envelope, kBusy, {1min, {}}, kCreation + 11s);
  EXPECT_EQ(verdict.deferral->wake, kCreation + 1min);
  EXPECT_FALSE(expired(envelope, {1min, {}}, kCreation + 59s));
  EXPECT_TRUE(expired(envelope, {1min, {}}, kCreation + 60s));
}

TEST(Verdict, AClockThatWasSetBackStallsNobody) {
  Envelope envelope = mail();
  envelope.tries = 2;
  const TimePoint now = kCreation - std::chrono::days(1);
  auto verdict = after_temporary_failure(envelope, kBusy, usual(), now);
  EXPECT_EQ(verdict.deferral->next_attempt, now + 400s * 9)
      << "not after yesterday has passed again";
}

TEST(Verdict, AClockThatWasSetForwardCausesNoStorm) {
  Envelope envelope = mail();
  const TimePoint now = kCreation + 24h;
  auto verdict = after_temporary_failure(envelope, kBusy, usual(), now);
  EXPECT_GT(verdict.deferral->next_attempt, now);
  EXPECT_EQ(verdict.deferral->tries, 15u) << "the first n with 400·n² not before 24 h";
}

TEST(Verdict, WarnsWhenTheNextAttemptIsBeyondTheMark) {
  Envelope envelope = mail();
  for (int n = 0; n < 5; ++n) {
    auto verdict = after_temporary_failure(envelope, kBusy, usual(), envelope.next_attempt);
    EXPECT_THAT(verdict.bounces, IsEmpty()) << n;
    envelope = deferred(envelope, verdict);
  }
  // The attempt at 10,000 s: the next one, at 14,400 s, is at the mark of four hours.
  auto verdict = after_temporary_failure(envelope, kBusy, usual(), envelope.next_attempt);
  ASSERT_THAT(verdict.bounces, SizeIs(1));
  EXPECT_EQ(verdict.bounces[0].bounce, queue::BounceKind::kDelayed);
  EXPECT_EQ(verdict.bounces[0].bounce_delay, 4h);
  EXPECT_EQ(verdict.bounces[0].kind, queue::EnvelopeKind::kBounce);
  EXPECT_EQ(verdict.bounces[0].tries, 0u);
  envelope = deferred(envelope, verdict);
  EXPECT_THAT(after_temporary_failure(envelope, kBusy, usual(), envelope.next_attempt).bounces,
              IsEmpty())
      << "once, and what the queue remembers of it survives a restart";
}

TEST(Verdict, EachOfFourMarksIsWarnedOfOnceAndNoneTwice) {
  const Lifetime lifetime{std::chrono::days(4), {1h, 2h, 4h, 24h}};
  Envelope envelope = mail();
  std::vector<Duration> marks;
  while (!expired(envelope, lifetime, envelope.next_attempt)) {
    auto verdict = after_temporary_failure(envelope, kBusy, lifetime, envelope.next_attempt);
    for (const Envelope& bounce : verdict.bounces) marks.push_back(bounce.bounce_delay);
    envelope = deferred(envelope, verdict);
  }
  EXPECT_THAT(marks, testing::ElementsAre(1h, 2h, 4h, 24h));
}

TEST(Verdict, MarksThatAreOverleaptTogetherMakeOneWarning) {
  const Lifetime lifetime{std::chrono::days(4), {1min, 2min, 5min}};
  auto verdict = after_temporary_failure(mail(), kBusy, lifetime, kCreation + 11s);
  ASSERT_THAT(verdict.bounces, SizeIs(1));
  EXPECT_EQ(verdict.bounces[0].bounce_delay, 5min);
}

TEST(Verdict, PermanentFailuresAndExpiryOweTheSenderAReport) {
  auto failed = after_permanent_failure(mail(), kBusy, kCreation + 5s);
  EXPECT_TRUE(failed.finished);
  ASSERT_THAT(failed.bounces, SizeIs(1));
  EXPECT_EQ(failed.bounces[0].creation, kCreation + 5s);
  EXPECT_EQ(failed.bounces[0].ttl, std::chrono::days(7));
  EXPECT_EQ(failed.bounces[0].last_failure.remote, kBusy.remote);

  Envelope envelope = mail();
  envelope.last_failure = kBusy;
  auto over = after_expiry(envelope, kCreation + 96h);
  ASSERT_THAT(over.bounces, SizeIs(1));
  EXPECT_EQ(over.bounces[0].last_failure.enhanced, "5.4.7");
  EXPECT_THAT(over.bounces[0].last_failure.text, testing::HasSubstr("450 4.2.0 busy"));
}

TEST(Verdict, NobodyIsToldOfANullSendersMailNorOfAReportNorAgainstNotify) {
  Envelope null_sender = mail(), report = mail(), never = mail(), success_only = mail();
  null_sender.sender.clear();
  report.kind = queue::EnvelopeKind::kBounce;
  never.dsn.notify = "NEVER";
  success_only.dsn.notify = "SUCCESS";
  for (const Envelope& envelope : {null_sender, report, never, success_only}) {
    const Lifetime warned{std::chrono::days(4), {1s}};
    EXPECT_THAT(after_permanent_failure(envelope, kBusy, kCreation).bounces, IsEmpty());
    EXPECT_THAT(after_expiry(envelope, kCreation).bounces, IsEmpty());
    EXPECT_THAT(after_temporary_failure(envelope, kBusy, warned, kCreation).bounces, IsEmpty());
  }
}

TEST(Verdict, TheEnvelopesOwnLifeGoesBeforeItsActionsAndThatBeforeTheQueues) {
  config::Config config;
  config.queue_ttl = 5h;
  config.actions["backup"] = {};
  config.actions["quick"].ttl = 1h;
  Envelope envelope = mail();
  EXPECT_EQ(lifetime_of(envelope, config).ttl, 5h);
  envelope.action = "quick";
  EXPECT_EQ(lifetime_of(envelope, config).ttl, 1h);
  envelope.ttl = 7h;
  EXPECT_EQ(lifetime_of(envelope, config).ttl, 7h);
  envelope.ttl = {};
  envelope.action = "removed from smtpd.conf";
  EXPECT_EQ(lifetime_of(envelope, config).ttl, 5h);
}

TEST(Verdict, ReschedulingCostsNoTryAndOutlivesNoExpiry) {
  Envelope envelope = mail();
  envelope.tries = 3;
  envelope.last_failure = kBusy;
  auto soon = rescheduled(envelope, usual(), kCreation + 1h);
  EXPECT_EQ(soon.next_attempt, kCreation + 1h);
  EXPECT_EQ(soon.tries, 3u);
  EXPECT_EQ(soon.failure.text, kBusy.text);
  EXPECT_EQ(rescheduled(envelope, {30min, {}}, kCreation + 1h).wake, kCreation + 30min);
}

const queue::Failure kTaken{"250 2.0.0 taken", "2.0.0", "mail.example.org (192.0.2.20)"};

// D43
TEST(Verdict, SuccessIsReportedWhereItWasAskedForAndNobodyElseWillDoIt) {
  Envelope envelope = mail();
  envelope.dsn.notify = "SUCCESS,FAILURE";
  auto relayed = after_delivery(envelope, kTaken, false, kCreation + 1s);
  EXPECT_TRUE(relayed.finished);
  ASSERT_THAT(relayed.bounces, SizeIs(1));
  EXPECT_EQ(relayed.bounces[0].bounce, queue::BounceKind::kRelayed);
  EXPECT_EQ(relayed.bounces[0].last_failure.text, kTaken.text);
  EXPECT_THAT(after_delivery(envelope, kTaken, true, kCreation).bounces, IsEmpty())
      << "the next hop has taken over the duty";
  envelope.kind = queue::EnvelopeKind::kLocal;
  auto delivered = after_delivery(envelope, {}, false, kCreation);
  ASSERT_THAT(delivered.bounces, SizeIs(1));
  EXPECT_EQ(delivered.bounces[0].bounce, queue::BounceKind::kDelivered);
}

// D43
TEST(Verdict, SuccessIsNotReportedUnasked) {
  for (const char* notify : {"", "NEVER", "FAILURE,DELAY"}) {
    Envelope envelope = mail();
    envelope.dsn.notify = notify;
    EXPECT_THAT(after_delivery(envelope, kTaken, false, kCreation).bounces, IsEmpty()) << notify;
  }
  Envelope null_sender = mail();
  null_sender.sender.clear();
  null_sender.dsn.notify = "SUCCESS";
  EXPECT_THAT(after_delivery(null_sender, kTaken, false, kCreation).bounces, IsEmpty());
}

// D44
TEST(Verdict, DelaysAreReportedUnlessNotifyLeavesThemOut) {
  for (const auto& [notify, told] :
       {std::pair("", true), {"DELAY", true}, {"FAILURE", false}, {"NEVER", false}}) {
    Envelope envelope = mail();
    envelope.dsn.notify = notify;
    auto verdict =
        after_temporary_failure(envelope, kBusy, {std::chrono::days(4), {1s}}, kCreation + 11s);
    EXPECT_EQ(!verdict.bounces.empty(), told) << notify;
  }
}

}  // namespace
}  // namespace mxlab::delivery
