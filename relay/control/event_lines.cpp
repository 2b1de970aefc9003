#include "relay/control/event_lines.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "relay/control/frames.hpp"

namespace mxlab::control {
namespace {

using nlohmann::ordered_json;

// In the order of world::FactKind.
constexpr std::array<std::string_view, 6> kKinds{"log",      "stat",  "sent",
                                                 "received", "queue", "trace"};

std::string line_of(const ordered_json& object) {
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string text_of(const ordered_json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end()) return {};
  if (!at->is_string()) throw FrameError(std::string("an event's ") + key + " is a text");
  return at->get<std::string>();
}

std::int64_t number_of(const ordered_json& object, const char* key, bool demanded) {
  const auto at = object.find(key);
  if (at == object.end() && !demanded) return 0;
  if (at == object.end() || !at->is_number_integer())
    throw FrameError(std::string("an event's ") + key + " is a number");
  return at->get<std::int64_t>();
}

}  // namespace

std::string event_line(world::TimePoint at, const world::Fact& fact) {
  ordered_json object{{"t", at.time_since_epoch().count()},
                      {"kind", kKinds.at(static_cast<std::size_t>(fact.kind))},
                      {"subject", fact.subject}};
  if (!fact.text.empty()) object["text"] = fact.text;
  if (fact.kind == world::FactKind::kStat) object["value"] = fact.value;
  return line_of(object);
}

std::string event_line(world::TimePoint at, std::string_view kind) {
  return line_of({{"t", at.time_since_epoch().count()}, {"kind", kind}});
}

EventLine parse_event_line(std::string_view line) {
  const auto object = ordered_json::parse(line, nullptr, false);
  if (!object.is_object()) throw FrameError("an event is one JSON object");
  EventLine event;
  event.at = world::TimePoint(world::Duration(number_of(object, "t", true)));
  event.kind = text_of(object, "kind");
  event.subject = text_of(object, "subject");
  event.text = text_of(object, "text");
  event.value = number_of(object, "value", false);
  if (event.kind.empty()) throw FrameError("an event has a kind");
  return event;
}

std::optional<world::FactKind> fact_kind(const EventLine& event) {
  for (std::size_t i = 0; i < kKinds.size(); ++i)
    if (event.kind == kKinds[i]) return static_cast<world::FactKind>(i);
  return std::nullopt;
}

}  // namespace mxlab::control
