// conversation.cpp - what a destination says over a ready session: its tasks, then a wait for more.
#include <algorithm>
#include <fmt/format.h>
#include <set>

#include "relay/config/units.hpp"
#include "relay/delivery/destination.hpp"
#include "relay/smtp/address.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::delivery {
namespace {
using namespace std::chrono_literals;

// Messages that a session may have sent while their outcome is still on its way to the disk. A
// crash at that moment sends them twice.
constexpr std::size_t kMostUnrecorded = 2;

/// Reads a queued body piece by piece; its first piece came with the opening.
class QueuedBody final : public smtp::BodySource {
 public:
  QueuedBody(queue::Queue& queue, queue::MessageId id, queue::Opening opening)
      : queue_(queue), id_(id), opening_(std::move(opening)) {}
  awaitable<std::string> next() override {
    const std::uint32_t number = number_++;
    if (number == 0) co_return std::move(opening_.first_chunk);
    if (number >= opening_.chunks) co_return std::string();
    co_return co_await queue_.read_chunk(id_, number);
  }

 private:
  queue::Queue& queue_;
  queue::MessageId id_;
  queue::Opening opening_;
  std::uint32_t number_ = 0;
};

ResultKind result_kind(smtp::OutcomeKind kind) {
  if (kind == smtp::OutcomeKind::kDelivered) return ResultKind::kDelivered;
  return kind == smtp::OutcomeKind::kPermanent ? ResultKind::kPermanent : ResultKind::kTemporary;
}

constexpr int kClosing = 421;  // RFC 5321 3.8: the peer ends the session

bool all_temporary(const std::vector<smtp::Outcome>& outcomes, int most_code) {
  return std::all_of(outcomes.begin(), outcomes.end(), [=](const smtp::Outcome& outcome) {
    const int code = outcome.reply.code;
    return outcome.kind == smtp::OutcomeKind::kTemporary && (code == 0 || code == most_code);
  });
}

/// The connection was dead before it said anything about this message.
bool unheard(const std::vector<smtp::Outcome>& outcomes) { return all_temporary(outcomes, 0); }

/// The session is over and nobody has judged the message: "421 too many messages", "421 timeout",
/// or a peer that had left.
bool only_the_session_failed(const std::vector<smtp::Outcome>& outcomes) {
  return all_temporary(outcomes, kClosing);
}

smtp::OutgoingMessage outgoing(const Task& task, std::uint64_t size) {
  const Envelope& first = task.envelopes.front();
  smtp::OutgoingMessage message;
  message.sender = task.sender;
  message.size = size;
  message.body_8bit = true;  // unknown, so asked for wherever the peer offers it
  message.utf8 = first.utf8;
  message.ret = first.dsn.ret;
  message.envid = first.dsn.envid;
  for (const Envelope& envelope : task.envelopes) {
    message.recipients.emplace_back(envelope.destination);
    message.recipients.back().notify = envelope.dsn.notify;
    message.recipients.back().orcpt = envelope.dsn.orcpt;
  }
  return message;
}

}  // namespace

awaitable<void> Destination::converse(std::shared_ptr<Destination> self, Connected connected,
                                      Hop hop) {
  auto& context = self->context_;
  context.counters.add("mta.session");
  while (self->may_go_on(connected, hop)) {
    if (self->tasks_.empty()) {
      connected.rested = true;
      if (!co_await self->wait_for_task()) break;
    }
    if (!self->tasks_.empty() && self->may_go_on(connected, hop))
      co_await self->transact(connected, hop);
  }
  // What comes from now on needs another session, and need not wait for the goodbye.
  --self->sessions_;
  self->changed_.notify();
  const std::string reason = co_await connected.client->quit();
  context.world.journal.info(fmt::format("{} mta disconnected reason={} messages={}",
                                         connected.session, reason, connected.mails));
  context.counters.add("mta.session", -1);
  self->end_session(hop);
  self->changed_.notify();
}

bool Destination::may_go_on(const Connected& connected, const Hop& hop) const {
  const auto& most = limits();
  return !stopping_ && connected.client->usable() && connected.mails < most.session_mails &&
         connected.failures < most.failures_per_session &&
         !context_.hosts.blocked(hop.source, way_.key.domain);
}

/// Lingers in case more mail comes; leaves at once while another session serves the destination.
awaitable<bool> Destination::wait_for_task() {
  if (sessions_ > 1) co_return false;
  auto& clock = context_.world.clock;
  world::Signal idle(clock);
  idle_.push_back(&idle);
  co_await idle.wait_until(clock.steady_now() + limits().keepalive);
  std::erase(idle_, &idle);
  co_return !tasks_.empty();
}

awaitable<void> Destination::transact(Connected& connected, Hop hop) {
  if (connected.mails > 0 && limits().transaction_delay > Duration::zero())
    co_await context_.world.clock.sleep_for(limits().transaction_delay);
  if (tasks_.empty()) co_return;
  Task task = std::move(tasks_.front());
  tasks_.pop_front();
  last_taken_ = context_.world.clock.steady_now();
  context_.counters.add("mta.task.running");
  auto outcomes = co_await send(connected, task);
  context_.counters.add("mta.task.running", -1);
  const bool reused = connected.mails++ > 0 || connected.rested;
  if (reused && !connected.client->usable() && !task.returned &&
      only_the_session_failed(outcomes)) {
    task.returned = true;
    if (outcomes.front().reply.code == kClosing) pace_.refused();
    tasks_.push_front(std::move(task));
    changed_.notify();
    co_return;
  }
  count_task(task, -1);
  learn_from(connected, task, outcomes);
  co_await settle(connected, results_of(task, outcomes, connected, hop));
}

awaitable<std::vector<smtp::Outcome>> Destination::send(Connected& connected, const Task& task) {
  smtp::Outcome trouble;
  try {
    auto opening = co_await context_.queue.open_message(task.message);
    auto message = outgoing(task, opening.size);
    QueuedBody body(context_.queue, task.message, std::move(opening));
    co_return co_await connected.client->send(std::move(message), body);
  } catch (const std::system_error& error) {
    trouble.reason = std::string("Cannot read the queued message: ") + error.what();
  }
  co_return std::vector<smtp::Outcome>(task.envelopes.size(), trouble);
}

/// What the answers say of the session, of the peer, and of other mail for the domain.
void Destination::learn_from(Connected& connected, const Task& task,
                             const std::vector<smtp::Outcome>& outcomes) {
  const auto now = context_.world.clock.steady_now();
  const bool delivered = std::ranges::any_of(outcomes, [](const smtp::Outcome& outcome) {
    return outcome.kind == smtp::OutcomeKind::kDelivered;
  });
  for (const smtp::Outcome& outcome : outcomes) {
    if (outcome.kind != smtp::OutcomeKind::kDelivered) ++connected.failures;
    if (outcome.reply.code == kClosing) pace_.refused();
  }
  if (delivered) {
    pace_.answered();
    if (pace_.hurries(tasks_.size(), sessions_, limits())) changed_.notify();
  }
  // Well or full: it answers for its mail again.
  if (way_.key.backup && recovery_ != nullptr && !unheard(outcomes))
    recovery_->found(way_.key.domain);
  std::set<std::string> domains;
  for (const Envelope& envelope : task.envelopes)
    domains.insert(config::lowered(smtp::domain_of(envelope.destination)));
  for (const std::string& domain : domains) {
    if (delivered && revived_) revived_(context_.hosts.take_deferred(domain));
    if (!unheard(outcomes))
      context_.hosts.answered(domain, now, context_.world.clock.now(), outcomes.back().reason);
  }
}

/// While more mail waits, the session goes on and the outcome reaches the disk beside it.
awaitable<void> Destination::settle(Connected& connected, std::vector<Result> results) {
  if (tasks_.empty()) co_return co_await recorder_.record(std::move(results));
  auto ledger = connected.ledger;
  while (ledger->open >= kMostUnrecorded) co_await ledger->changed.wait();
  ++ledger->open;
  world::spawn(context_.world, record(&recorder_, ledger, std::move(results)));
}

awaitable<void> Destination::record(Recorder* recorder, std::shared_ptr<Ledger> ledger,
                                    std::vector<Result> results) {
  co_await recorder->record(std::move(results));
  --ledger->open;
  ledger->changed.notify();
}

std::vector<Result> Destination::results_of(const Task& task,
                                            const std::vector<smtp::Outcome>& outcomes,
                                            const Connected& connected, const Hop& hop) const {
  const std::string relay = fmt::format("{} ({})", hop.address.to_string(), hop.host);
  const std::string remote = fmt::format("{} ({})", hop.host, hop.address.to_string());
  std::vector<Result> results;
  for (std::size_t i = 0; i < task.envelopes.size(); ++i) {
    const smtp::Outcome& outcome = outcomes.at(i);
    // The dot was sent and no answer came: a second copy may exist after the next attempt.
    if (outcome.kind == smtp::OutcomeKind::kIndefinite) context_.counters.add("mta.indefinite");
    Result result;
    result.envelope = task.envelopes[i];
    result.kind = result_kind(outcome.kind);
    result.failure = {outcome.reason, outcome.reply.enhanced,
                      outcome.reply.code != 0 ? remote : std::string()};
    result.relay = relay;
    result.source = connected.source;
    result.session = connected.session;
    result.dsn_passed = outcome.dsn_passed;
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace mxlab::delivery
