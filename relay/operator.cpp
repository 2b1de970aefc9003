#include "relay/operator.hpp"

#include <fmt/format.h>

namespace mxlab::relay {
namespace {

constexpr std::size_t kPage = 1000;

std::string flags_of(const queue::Envelope& envelope) {
  std::string flags;
  auto add = [&](bool set, const char* name) {
    if (set) flags += (flags.empty() ? "" : ",") + std::string(name);
  };
  add(envelope.authenticated, "auth");
  add(envelope.internal, "internal");
  add(envelope.suspended, "suspend");
  return flags;
}

const char* source_word(queue::Source source) {
  if (source == queue::Source::kLocal) return "local";
  return source == queue::Source::kInet4 ? "inet4" : "inet6";
}

const char* kind_word(queue::EnvelopeKind kind) {
  if (kind == queue::EnvelopeKind::kRelay) return "mta";
  return kind == queue::EnvelopeKind::kLocal ? "mda" : "bounce";
}

}  // namespace

Operator::Operator(OperatorParts parts)
    : parts_(std::move(parts)), started_(parts_.context.world.clock.steady_now()) {}

bool Operator::pause_smtp(bool paused) {
  if (smtp_paused_ == paused) return false;
  smtp_paused_ = paused;
  parts_.pause_listeners(paused);
  tell(paused ? "info: smtp paused" : "info: smtp resumed");
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

awaitable<std::size_t> Operator::schedule_all() { return parts_.scheduler.schedule_all(); }

std::string Operator::status_text() const {
  auto word = [](bool paused) { return paused ? "paused" : "running"; };
  return fmt::format("MDA {}\nMTA {}\nSMTP {}\n", word(parts_.scheduler.local_paused()),
                     word(parts_.scheduler.relaying_paused()), word(smtp_paused_));
}

std::string Operator::stats_text() const {
  return control::stats_text(parts_.context.counters.values(),
                             parts_.context.world.clock.steady_now() - started_);
}

awaitable<std::vector<control::QueueRow>> Operator::queue_rows() {
  std::vector<control::QueueRow> rows;
  queue::EnvelopeId after{};
  for (;;) {
    auto page = co_await parts_.context.queue.list(std::nullopt, after, kPage);
    for (const queue::Envelope& envelope : page) rows.push_back(row_of(envelope));
    if (page.size() < kPage) co_return rows;
    after = page.back().id;
  }
}

control::QueueRow Operator::row_of(const queue::Envelope& envelope) const {
  control::QueueRow row;
  row.envelope_id = queue::to_hex(envelope.id);
  row.source = source_word(envelope.source);
  row.kind = kind_word(envelope.kind);
  row.flags = flags_of(envelope);
  row.sender = envelope.sender;
  row.recipient = envelope.recipient;
  row.destination = envelope.destination;
  row.creation = world::epoch_seconds(envelope.creation);
  row.expiration = world::epoch_seconds(envelope.creation + envelope.ttl);
  row.retry = envelope.tries;
  row.error = envelope.last_failure.text;
  const auto now = parts_.context.world.clock.now();
  if (auto since = parts_.scheduler.inflight_since(envelope.id)) {
    row.state = "inflight";
    row.last_try = world::epoch_seconds(*since);
    row.seconds = world::epoch_seconds(now) - row.last_try;
  } else {
    row.state = "pending";
    row.seconds = world::epoch_seconds(envelope.next_attempt) - world::epoch_seconds(now);
  }
  return row;
}

}  // namespace mxlab::relay
