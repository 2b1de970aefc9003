// What the queue promises while nothing breaks, and across a restart, over both disks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/queue/queue_fixture.hpp"

namespace mxlab::queue {
namespace {

using namespace testing;
using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

INSTANTIATE_TEST_SUITE_P(Over, QueueTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "SimDisk" : "RealDisk"; });

// The real disk can be neither counted nor filled.
class SimulatedQueueTest : public QueueTest {};
INSTANTIATE_TEST_SUITE_P(Over, SimulatedQueueTest, ::testing::Values(true),
                         [](const auto&) { return "SimDisk"; });

TEST_P(QueueTest, KeepsEveryFieldOfAnEnvelopeAcrossARestart) {
  Envelope e = envelope(1, 0);
  e.kind = EnvelopeKind::kBounce;
  e.source = Source::kInet6;
  e.authenticated = e.internal = e.suspended = true;
  e.sender = "";
  e.recipient = "who'ever@example.org";
  e.destination = "someone@else.example";
  e.user = "someone";
  e.action = "outbound";
  e.tag = "T";
  e.smtp_name = "mx2.example.org";
  e.helo = "client.example";
  e.peer_name = "<unknown>";
  e.peer_address = "2001:db8::1";
  e.creation = kNow - seconds(5);
  e.ttl = hours(24 * 7);
  e.tries = 3;
  e.next_attempt = kNow + seconds(1) + std::chrono::nanoseconds(1);
  e.wake = kNow + seconds(2);
  e.last_warning = kNow + seconds(3);
  e.last_attempt = kNow - seconds(3);
  e.last_failure = {
      "550 5.1.1 gr\xc3\xbc\xc3\x9f"
      "e",
      "5.1.1", "mail.example.org (192.0.2.20)"};
  e.dsn = {"SUCCESS,FAILURE", "FULL", "QQ+2B1", "rfc822;a@b"};
  e.bounce = BounceKind::kRelayed;
  e.bounce_delay = hours(4);
  auto t = message(1);
  t.accepted[0].envelopes = {e};
  commit(std::move(t));
  restart();

  auto found = machine_->await(queue().find(e.id));
  ASSERT_TRUE(found);
  const Envelope& f = *found;
  EXPECT_EQ(f.id, e.id);
  EXPECT_EQ(f.kind, e.kind);
  EXPECT_EQ(f.source, e.source);
  EXPECT_TRUE(f.authenticated && f.internal && f.suspended);
  const auto texts = [](const Envelope& x) {
    return std::vector{x.sender,
                       x.recipient,
                       x.destination,
                       x.user,
                       x.action,
                       x.tag,
                       x.smtp_name,
                       x.helo,
                       x.peer_name,
                       x.peer_address,
                       x.last_failure.text,
                       x.last_failure.enhanced,
                       x.last_failure.remote,
                       x.dsn.notify,
                       x.dsn.ret,
                       x.dsn.envid,
                       x.dsn.orcpt};
  };
  EXPECT_EQ(texts(f), texts(e));
  const auto times = [](const Envelope& x) {
    return std::vector{x.creation,   x.next_attempt,       x.wake, x.last_warning, x.last_attempt,
                       kNow + x.ttl, kNow + x.bounce_delay};
  };
  EXPECT_EQ(times(f), times(e));
  EXPECT_EQ(f.tries, 3u);
  EXPECT_EQ(f.bounce, e.bounce);
}

TEST_P(QueueTest, HoldsABodyInChunksUntilTheLastEnvelopeIsFinished) {
  const auto m = queue().new_message();
  machine_->await(queue().append(m, 0, "first "));
  machine_->await(queue().append(m, 1, std::string("\0second ", 8)));
  auto t = message(m, 2);
  t.accepted[0].chunks = 2;
  t.accepted[0].size = 6 + 8 + t.accepted[0].last_chunk.size();
  commit(std::move(t));
  const std::string whole = "first " + std::string("\0second ", 8) + "body of " + to_hex(m);
  EXPECT_EQ(body(m), whole);
  EXPECT_EQ(machine_->await(queue().message_size(m)), whole.size());
  EXPECT_EQ(machine_->await(queue().arrival(m)), kNow);

  commit({.finished = {id(m, 0)}});
  EXPECT_EQ(body(m), whole) << "one recipient is still to be served";
  commit({.finished = {id(m, 1)}});
  EXPECT_EQ(body(m), "");
  EXPECT_THROW(machine_->await(queue().message_size(m)), std::system_error);
  EXPECT_THAT(all(), IsEmpty());
}

TEST_P(QueueTest, ExchangesTheLastEnvelopeForItsBounceAndKeepsTheMessage) {
  const auto m = queue().new_message();
  commit(message(m));
  Envelope bounce = envelope(m, 0);
  bounce.kind = EnvelopeKind::kBounce;
  auto added = commit({.finished = {id(m, 0)}, .added = {bounce}});
  EXPECT_THAT(added, ElementsAre(id(m, 1))) << "a number is never given out twice";
  ASSERT_EQ(all().size(), 1u);
  EXPECT_EQ(all()[0].kind, EnvelopeKind::kBounce);
  EXPECT_EQ(body(m), "body of " + to_hex(m)) << "the report will quote it";
}

TEST_P(QueueTest, NumbersMessagesOnAcrossRestartsEvenWhenNoneIsLeft) {
  const auto first = queue().new_message();
  commit(message(first));
  commit({.finished = {id(first, 0)}});
  restart();
  EXPECT_GT(queue().new_message(), first);
}

TEST_P(QueueTest, RefusesABounceOfAMessageThatIsGoneAndDoesNothingElse) {
  const auto m = queue().new_message();
  commit(message(m));
  EXPECT_THROW(commit({.finished = {id(m, 0)}, .added = {envelope(m + 7, 0)}}), std::system_error);
  EXPECT_EQ(all().size(), 1u);
}

TEST_P(QueueTest, TellsWhatIsDueInOrderOfWaking) {
  const auto m = queue().new_message();
  auto t = message(m, 4);
  auto& e = t.accepted[0].envelopes;
  e[0].wake = kNow + seconds(30);
  e[1].wake = kNow + seconds(10);
  e[2].wake = kNow + seconds(20);
  e[3].wake = kNow - seconds(1);
  e[3].suspended = true;
  commit(std::move(t));
  EXPECT_THAT(due(kNow + seconds(25)), ElementsAre(id(m, 1), id(m, 2)));
  EXPECT_THAT(due(kNow + seconds(20)), ElementsAre(id(m, 1), id(m, 2))) << "at that very moment";
  EXPECT_THAT(due(kNow + hours(1), {id(m, 2), id(m, 1)}), ElementsAre(id(m, 0)));
  EXPECT_THAT(due(kNow + hours(1), {}, 1), ElementsAre(id(m, 1)));
  EXPECT_EQ(machine_->await(queue().next_wake({})), kNow + seconds(10));
  EXPECT_EQ(machine_->await(queue().next_wake({id(m, 1)})), kNow + seconds(20));
  EXPECT_EQ(machine_->await(queue().next_wake({id(m, 0), id(m, 1), id(m, 2)})), std::nullopt);
}

TEST_P(QueueTest, RecordsAFailedAttempt) {
  const auto m = queue().new_message();
  commit(message(m, 2));
  Deferral d;
  d.id = id(m, 0);
  d.tries = 1;
  d.next_attempt = kNow + seconds(400);
  d.wake = kNow + seconds(300);
  d.last_warning = kNow;
  d.last_attempt = kNow + seconds(1);
  d.failure = {"Network error on destination MXs", "4.4.1", ""};
  commit({.deferred = {d}});
  auto e = machine_->await(queue().find(d.id)).value();
  EXPECT_EQ(e.tries, 1u);
  EXPECT_EQ(e.next_attempt, d.next_attempt);
  EXPECT_EQ(e.wake, d.wake);
  EXPECT_EQ(e.last_warning, d.last_warning);
  EXPECT_EQ(e.last_attempt, d.last_attempt);
  EXPECT_EQ(e.last_failure.text, d.failure.text);
  EXPECT_EQ(e.recipient, "r0@example.org") << "and nothing else";
  EXPECT_THAT(due(kNow), ElementsAre(id(m, 1)));
}

TEST_P(QueueTest, ListsInOrderOfIdPageByPage) {
  const auto a = queue().new_message(), b = queue().new_message();
  commit(message(b, 2));
  commit(message(a, 3));
  auto ids = [&](std::optional<MessageId> m, EnvelopeId after, std::size_t most) {
    std::vector<EnvelopeId> out;
    for (const auto& e : machine_->await(queue().list(m, after, most))) out.push_back(e.id);
    return out;
  };
  EXPECT_THAT(ids({}, {}, 2), ElementsAre(id(a, 0), id(a, 1)));
  EXPECT_THAT(ids({}, id(a, 1), 100), ElementsAre(id(a, 2), id(b, 0), id(b, 1)));
  EXPECT_THAT(ids(b, {}, 100), ElementsAre(id(b, 0), id(b, 1)));
  EXPECT_THAT(ids(b, id(b, 0), 100), ElementsAre(id(b, 1)));
}

TEST_P(QueueTest, ForgetsChunksOfAMessageThatWasNotAccepted) {
  const auto dropped = queue().new_message(), torn = queue().new_message();
  machine_->await(queue().append(dropped, 0, "never accepted"));
  machine_->await(queue().append(torn, 0, "the client went away in a crash"));
  queue().discard(dropped);
  machine_->run();
  EXPECT_EQ(body(dropped), "");
  EXPECT_EQ(body(torn), "the client went away in a crash");
  machine_.reset();  // no clean stop
  EXPECT_EQ(start().orphan_chunks, 1u);
  EXPECT_EQ(body(torn), "");
}

TEST_P(QueueTest, CountsWhatItFindsAtStart) {
  const auto a = queue().new_message(), b = queue().new_message();
  commit(message(a, 3));
  commit(message(b, 1));
  auto recovery = restart();
  EXPECT_EQ(recovery.messages, 2u);
  EXPECT_EQ(recovery.envelopes, 4u);
  EXPECT_EQ(recovery.orphan_chunks, 0u);
}

TEST_P(SimulatedQueueTest, AnswersManyWritersWithFewSyncs) {
  std::uint64_t syncs = 0;
  int accepted = 0;
  sim_.on_call([&](const sim::DiskCall& call) { syncs += call.operation == "sync"; });
  auto submit = [](Queue& q, int& count) -> asio::awaitable<void> {
    co_await q.commit(message(q.new_message()));
    ++count;
  };
  for (int i = 0; i < 100; ++i) machine_->spawn(submit(queue(), accepted));
  machine_->run();
  sim_.on_call(nullptr);
  EXPECT_EQ(accepted, 100);
  EXPECT_LE(syncs, 3u);
}

TEST_P(QueueTest, SpoilsOnlyTheWriteThatIsWrongWhenABatchFails) {
  std::vector<std::string> outcomes(3);
  auto submit = [](Queue& q, Transaction t, std::string& outcome) -> asio::awaitable<void> {
    try {
      co_await q.commit(std::move(t));
      outcome = "done";
    } catch (const std::system_error&) {
      outcome = "refused";
    }
  };
  machine_->spawn(submit(queue(), message(queue().new_message()), outcomes[0]));
  machine_->spawn(submit(queue(), {.added = {envelope(99, 0)}}, outcomes[1]));
  machine_->spawn(submit(queue(), message(queue().new_message()), outcomes[2]));
  machine_->run();
  EXPECT_THAT(outcomes, ElementsAre("done", "refused", "done"));
  EXPECT_EQ(all().size(), 2u);
}

}  // namespace
}  // namespace mxlab::queue
