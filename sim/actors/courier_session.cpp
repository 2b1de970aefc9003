// courier_session.cpp - what a courier says over a ready session: its loads, then a wait for more.
#include <algorithm>
#include <fmt/format.h>

#include "sim/actors/courier.hpp"

namespace mxlab::sim {
namespace {

class TextSource final : public smtp::BodySource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  awaitable<std::string> next() override { co_return std::exchange(text_, {}); }

 private:
  std::string text_;
};

/// The session was dead before it said anything about this message: nobody has judged it yet.
bool unheard(const std::vector<smtp::Outcome>& outcomes) {
  return std::ranges::all_of(outcomes, [](const smtp::Outcome& outcome) {
    return outcome.kind == smtp::OutcomeKind::kTemporary && outcome.reply.code == 0;
  });
}

ResultKind result_of(smtp::OutcomeKind kind) {
  if (kind == smtp::OutcomeKind::kDelivered) return ResultKind::kDelivered;
  return kind == smtp::OutcomeKind::kPermanent ? ResultKind::kPermanent : ResultKind::kTemporary;
}

}  // namespace

awaitable<void> Courier::converse(std::shared_ptr<Courier> self, Ready ready, MailHost host) {
  while (ready.client->usable() && ready.mails < self->context_.profile.mails_per_session) {
    if (self->loads_.empty() && !co_await self->linger()) break;
    if (!self->loads_.empty()) co_await self->carry(ready);
  }
  co_await ready.client->quit();
  self->context_.world.journal.info(
      fmt::format("{} mta disconnected reason=quit messages={}", ready.session, ready.mails));
  --self->uses_[host.address].sessions;
  --self->sessions_;
  self->changed_.notify();
}

/// Waits in case more comes; leaves at once while another session serves the domain.
awaitable<bool> Courier::linger() {
  if (sessions_ > 1) co_return false;
  auto& clock = context_.world.clock;
  world::Signal more(clock);
  lingering_.push_back(&more);
  co_await more.wait_until(clock.steady_now() + context_.profile.keepalive);
  std::erase(lingering_, &more);
  co_return !loads_.empty();
}

awaitable<void> Courier::carry(Ready& ready) {
  Load load = std::move(loads_.front());
  loads_.pop_front();
  const std::string& text = context_.spool.messages.at(load.message);
  TextSource source(text);
  smtp::OutgoingMessage message{
      load.sender, {load.recipients.begin(), load.recipients.end()}, text.size(), true};
  auto outcomes = co_await ready.client->send(std::move(message), source);
  if (ready.mails++ > 0 && !load.returned && unheard(outcomes)) {
    load.returned = true;
    loads_.push_front(std::move(load));
    co_return changed_.notify();
  }
  if (!unheard(outcomes)) context_.notes.answered(domain_, context_.world.clock.steady_now());
  settle(load, outcomes, ready);
}

void Courier::settle(const Load& load, const std::vector<smtp::Outcome>& outcomes,
                     const Ready& ready) {
  std::vector<DeliveryResult> results;
  bool delivered = false;
  for (std::size_t i = 0; i < load.envelopes.size(); ++i) {
    const smtp::Outcome& outcome = outcomes.at(i);
    delivered |= outcome.kind == smtp::OutcomeKind::kDelivered;
    // As the relay has it: a second copy may exist after the next attempt.
    if (outcome.kind == smtp::OutcomeKind::kIndefinite) context_.counters.add("mta.indefinite");
    results.push_back({load.envelopes[i], result_of(outcome.kind), outcome.reason,
                       outcome.reply.enhanced, ready.session, ready.source, ready.relay});
  }
  outbox_.settle(results);
  if (delivered) outbox_.revive(domain_);
}

}  // namespace mxlab::sim
