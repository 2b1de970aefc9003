#include "relay/operator.hpp"

#include <fmt/format.h>

#include "relay/show.hpp"

namespace mxlab::relay {
namespace {

constexpr std::size_t kPage = 500;

}  // namespace

Operator::Operator(OperatorParts parts)
    : parts_(std::move(parts)), started_(parts_.context.world.clock.steady_now()) {}

bool Operator::set_smtp(SmtpState state) {
  if (smtp_ == state) return false;
  smtp_ = state;
  parts_.pause_listeners(state == SmtpState::kPaused);
  parts_.refuse_clients(state == SmtpState::kRefusing);
  if (state == SmtpState::kRefusing)
    tell("info: smtp refuses");
  else
    tell(state == SmtpState::kPaused ? "info: smtp paused" : "info: smtp resumed");
  return true;
}

bool Operator::pause_mta(bool paused) {
  if (parts_.scheduler.relaying_paused() == paused) return false;
  parts_.scheduler.pause_relaying(paused);
  tell(paused ? "info: mta paused" : "info: mta resumed");
  return true;
}

bool Operator::pause_mda(bool paused) {
  if (parts_.scheduler.local_paused() == paused) return false;
  parts_.scheduler.pause_local(paused);
  tell(paused ? "info: mda paused" : "info: mda resumed");
  return true;
}

awaitable<std::size_t> Operator::schedule(delivery::Selection which) {
  return parts_.scheduler.schedule(which);
}

awaitable<std::size_t> Operator::remove(delivery::Selection which) {
  return parts_.scheduler.remove(which);
}

awaitable<std::size_t> Operator::suspend(delivery::Selection which, bool suspended) {
  return parts_.scheduler.suspend(which, suspended);
}

/// Our queue is a database, and nobody can put a file into it behind our back: whatever is there is
/// known. The scheduler is woken all the same, and what is due goes.
awaitable<std::size_t> Operator::discover(delivery::Selection which) {
  std::size_t count = 0;
  queue::EnvelopeId after{};
  for (;;) {
    const auto found = co_await page(which, after);
    if (found.empty()) break;
    count += found.size();
    after = found.back().id;
  }
  parts_.scheduler.notify();
  co_return count;
}

awaitable<std::vector<queue::Envelope>> Operator::page(delivery::Selection which,
                                                       queue::EnvelopeId after) {
  auto& queue = parts_.context.queue;
  if (!which.envelope) co_return co_await queue.list(which.message, after, kPage);
  std::vector<queue::Envelope> one;
  if (after == queue::EnvelopeId{})
    if (auto envelope = co_await queue.find(*which.envelope)) one.push_back(std::move(*envelope));
  co_return one;
}

awaitable<std::vector<control::QueueRow>> Operator::queue_rows() {
  std::vector<control::QueueRow> rows;
  queue::EnvelopeId after{};
  for (;;) {
    const auto found = co_await page({}, after);
    if (found.empty()) co_return rows;
    for (const queue::Envelope& envelope : found) rows.push_back(row_of(envelope));
    after = found.back().id;
  }
}

control::QueueRow Operator::row_of(const queue::Envelope& envelope) const {
  control::QueueRow row = queue_row_of(envelope);
  const auto now = world::epoch_seconds(parts_.context.world.clock.now());
  if (auto since = parts_.scheduler.inflight_since(envelope.id)) {
    row.state = "inflight";
    row.last_try = world::epoch_seconds(*since);
    row.seconds = now - row.last_try;
  } else {
    row.state = "pending";
    row.seconds = world::epoch_seconds(envelope.next_attempt) - now;
  }
  return row;
}

std::map<std::string, std::string> Operator::status() const {
  auto word = [](bool paused) { return paused ? "paused" : "running"; };
  return {{"mda", word(parts_.scheduler.local_paused())},
          {"mta", word(parts_.scheduler.relaying_paused())},
          {"smtp", smtp_ == SmtpState::kRefusing ? "refusing" : word(smtp_paused())}};
}

std::string Operator::status_text() const {
  const auto state = status();
  return fmt::format("MDA {}\nMTA {}\nSMTP {}\n", state.at("mda"), state.at("mta"),
                     state.at("smtp"));
}

std::string Operator::stats_text() const {
  return control::stats_text(parts_.context.counters.values(), uptime());
}

world::Duration Operator::uptime() const {
  return parts_.context.world.clock.steady_now() - started_;
}

awaitable<std::optional<std::string>> Operator::update_table(std::string name) {
  if (!parts_.context.config->tables.contains(name))
    co_return fmt::format("smtpd.conf has no table {}", name);
  co_return co_await parts_.reload();
}

}  // namespace mxlab::relay
