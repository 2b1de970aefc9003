// show_objects.cpp - the JSON side of show.hpp, and envelopes in both forms.
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <string_view>

#include "relay/show.hpp"

namespace mxlab::relay {
namespace {

using nlohmann::ordered_json;

std::string dump(const ordered_json& object) {
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json seconds(const std::optional<delivery::Duration>& span) {
  if (!span) return {};
  return std::chrono::duration_cast<std::chrono::seconds>(*span).count();
}

std::int64_t whole_seconds(queue::Duration span) {
  return std::chrono::duration_cast<std::chrono::seconds>(span).count();
}

const char* type_word(queue::EnvelopeKind kind) {
  if (kind == queue::EnvelopeKind::kRelay) return "mta";
  return kind == queue::EnvelopeKind::kLocal ? "mda" : "bounce";
}

const char* bounce_word(queue::BounceKind kind) {
  switch (kind) {
    case queue::BounceKind::kFailed:
      return "failed";
    case queue::BounceKind::kDelayed:
      return "delayed";
    case queue::BounceKind::kDelivered:
      return "delivered";
    case queue::BounceKind::kRelayed:
      return "relayed";
  }
  return "";
}

std::string flag_words(const queue::Envelope& envelope) {
  std::string words;
  auto add = [&](bool set, const char* word) {
    if (set) words += (words.empty() ? "" : " ") + std::string(word);
  };
  add(envelope.authenticated, "authenticated");
  add(envelope.kind == queue::EnvelopeKind::kBounce, "bounce");
  add(envelope.internal, "internal");
  add(envelope.suspended, "suspend");
  return words;
}

/// OpenSMTPD's bits: success 1, failure 2, delay 4, never 8.
int notify_bits(std::string_view notify) {
  int bits = 0;
  auto add = [&](std::string_view word, int bit) {
    if (notify.find(word) != std::string_view::npos) bits |= bit;
  };
  add("SUCCESS", 1);
  add("FAILURE", 2);
  add("DELAY", 4);
  add("NEVER", 8);
  return bits;
}

/// "4.4.1": class 4, code 41 (OpenSMTPD esc.c: subject times ten plus detail).
void put_status(ordered_json& fields, const std::string& enhanced) {
  unsigned kind = 0, subject = 0, detail = 0;
  if (std::sscanf(enhanced.c_str(), "%u.%u.%u", &kind, &subject, &detail) != 3) return;
  fields["esc-class"] = kind;
  fields["esc-code"] = subject * 10 + detail;
}

void put_text(ordered_json& fields, const char* key, const std::string& value) {
  if (!value.empty()) fields[key] = value;
}

void put_bounce(ordered_json& fields, const queue::Envelope& envelope) {
  if (envelope.kind != queue::EnvelopeKind::kBounce) return;
  fields["bounce-ttl"] = whole_seconds(envelope.ttl);
  fields["bounce-delay"] = whole_seconds(envelope.bounce_delay);
  fields["bounce-type"] = bounce_word(envelope.bounce);
}

ordered_json fields_of(const queue::Envelope& envelope) {
  ordered_json fields{{"version", 3}};
  put_text(fields, "dispatcher", envelope.action);
  put_text(fields, "tag", envelope.tag);
  fields["type"] = type_word(envelope.kind);
  put_text(fields, "smtpname", envelope.smtp_name);
  put_text(fields, "helo", envelope.helo);
  put_text(fields, "hostname", envelope.peer_name);
  put_text(fields, "username", envelope.user);
  put_text(fields, "errorline", envelope.last_failure.text);
  put_text(fields, "sockaddr", envelope.peer_address);
  put_text(fields, "sender", envelope.sender);
  put_text(fields, "rcpt", envelope.recipient);
  put_text(fields, "dest", envelope.destination);
  fields["ctime"] = world::epoch_seconds(envelope.creation);
  fields["last-try"] = world::epoch_seconds(envelope.last_attempt);
  fields["last-bounce"] = world::epoch_seconds(envelope.last_warning);
  fields["ttl"] = whole_seconds(envelope.ttl);
  fields["retry"] = envelope.tries;
  put_text(fields, "flags", flag_words(envelope));
  fields["dsn-notify"] = notify_bits(envelope.dsn.notify);
  put_text(fields, "dsn-ret", envelope.dsn.ret);
  put_text(fields, "dsn-envid", envelope.dsn.envid);
  put_text(fields, "dsn-orcpt", envelope.dsn.orcpt);
  put_status(fields, envelope.last_failure.enhanced);
  put_bounce(fields, envelope);
  return fields;
}

}  // namespace

std::string envelope_text(const queue::Envelope& envelope) {
  std::string text;
  const ordered_json fields = fields_of(envelope);  // outlives its items()
  for (const auto& [key, value] : fields.items())
    text += fmt::format("{}{}: {}", text.empty() ? "" : "\n", key,
                        value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

std::string envelope_object(const queue::Envelope& envelope) {
  ordered_json object{{"id", queue::to_hex(envelope.id)}};
  object.update(fields_of(envelope));
  return dump(object);
}

std::string host_object(const delivery::HostSnapshot& host) {
  return dump({{"address", host.address.to_string()},
               {"name", host.name},
               {"references", host.references},
               {"connections", host.connections},
               {"last_connection", seconds(host.last_connection)}});
}

std::string route_object(const delivery::RouteSnapshot& route) {
  return dump({{"id", route.id},
               {"source", route.source},
               {"address", route.address.to_string()},
               {"name", route.name},
               {"never_ready", route.never_ready},
               {"disabled", route.disabled},
               {"queued", route.queued},
               {"connections", route.connections},
               {"errors", route.errors},
               {"penalty", route.penalty},
               {"timeout", seconds(route.timeout)}});
}

std::string relay_object(const delivery::RelaySnapshot& relay) {
  return dump({{"relay", relay.description},
               {"domain", relay.domain},
               {"references", relay.references},
               {"tasks", relay.tasks},
               {"connections", relay.connections},
               {"last_connection", seconds(relay.last_connection)},
               {"timeout", seconds(relay.timeout)},
               {"waiting", relay.waiting},
               {"connector", relay.connector}});
}

std::string domain_object(const delivery::DomainSnapshot& domain) {
  return dump(
      {{"domain", domain.domain}, {"at", world::epoch_seconds(domain.at)}, {"text", domain.text}});
}

std::string block_object(const delivery::Block& block) {
  return dump({{"source", block.source.is_unspecified() ? "*" : block.source.to_string()},
               {"domain", block.domain.empty() ? "*" : block.domain}});
}

}  // namespace mxlab::relay
