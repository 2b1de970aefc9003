#include "relay/show.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mxlab::relay {
namespace {

using delivery::Duration;

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

std::string ago(const std::optional<Duration>& span) {
  return span ? control::duration_text(*span) : "-";
}

}  // namespace

control::QueueRow queue_row_of(const queue::Envelope& envelope) {
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
  return row;
}

std::string host_text(const delivery::HostSnapshot& host) {
  return fmt::format("{} {} refcount={} nconn={} lastconn={}", host.address.to_string(),
                     host.name.empty() ? "(null)" : host.name, host.references, host.connections,
                     ago(host.last_connection));
}

std::string route_text(const delivery::RouteSnapshot& route) {
  return fmt::format("{}. [{}] <-> {} ({}) {}{}{}- nconn={} nerror={} penalty={} timeout={}",
                     route.id, route.source, route.address.to_string(),
                     route.name.empty() ? "(null)" : route.name, route.never_ready ? 'N' : '-',
                     route.disabled ? 'D' : '-', route.queued ? 'Q' : '-', route.connections,
                     route.errors, route.penalty, ago(route.timeout));
}

std::string relay_text(const delivery::RelaySnapshot& relay) {
  return fmt::format(
      "[{}] refcount={} ntask={} nconn={} lastconn={} timeout={} wait={}\n"
      "  connector [] refcount=0 nconn={} lastconn={} timeout=- flags={}",
      relay.description, relay.references, relay.tasks, relay.connections,
      ago(relay.last_connection), ago(relay.timeout), fmt::join(relay.waiting, ","),
      relay.connections, ago(relay.last_connection), fmt::join(relay.connector, ","));
}

std::string domain_text(const delivery::DomainSnapshot& domain) {
  return fmt::format("{}|{}|{}", domain.domain, world::epoch_seconds(domain.at), domain.text);
}

/// What smtpctl prints for "each".
std::string block_text(const delivery::Block& block) {
  return fmt::format("{} -> {}", block.source.is_unspecified() ? "*" : block.source.to_string(),
                     block.domain.empty() ? "*" : block.domain);
}

}  // namespace mxlab::relay
