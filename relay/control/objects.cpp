#include "relay/control/objects.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "relay/control/frames.hpp"

namespace mxlab::control {
namespace {

using nlohmann::ordered_json;

std::string dump(const ordered_json& object) {
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::vector<std::string> words_of(const std::string& commas) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < commas.size();) {
    const std::size_t end = std::min(commas.find(',', at), commas.size());
    words.push_back(commas.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

using Total = std::int64_t Digest::*;
constexpr std::pair<const char*, Total> kTotals[] = {{"connects", &Digest::connects},
                                                     {"disconnects", &Digest::disconnects},
                                                     {"enqueued", &Digest::enqueued},
                                                     {"dequeued", &Digest::dequeued},
                                                     {"ok", &Digest::ok},
                                                     {"temporary", &Digest::temporary},
                                                     {"permanent", &Digest::permanent},
                                                     {"loop", &Digest::loop},
                                                     {"expired", &Digest::expired},
                                                     {"removed", &Digest::removed},
                                                     {"bounced", &Digest::bounced}};

}  // namespace

std::string queue_object(const QueueRow& row) {
  ordered_json object{{"id", row.envelope_id},
                      {"message", row.envelope_id.substr(0, 8)},
                      {"source", row.source},
                      {"type", row.kind},
                      {"flags", words_of(row.flags)},
                      {"sender", row.sender},
                      {"recipient", row.recipient},
                      {"destination", row.destination},
                      {"creation", row.creation},
                      {"expiration", row.expiration},
                      {"last_try", row.last_try},
                      {"retry", row.retry},
                      {"state", row.state}};
  object["seconds"] = row.seconds ? ordered_json(*row.seconds) : ordered_json();
  object["error"] = row.error;
  return dump(object);
}

std::string status_object(const std::map<std::string, std::string>& status) {
  return dump(ordered_json(status));
}

std::string stats_object(const std::map<std::string, std::int64_t, std::less<>>& values,
                         world::Duration uptime) {
  ordered_json object;
  for (const auto& [key, value] : values) object[key] = value;
  object["uptime"] = std::chrono::duration_cast<std::chrono::seconds>(uptime).count();
  return dump(object);
}

std::string digest_object(const Digest& digest) {
  ordered_json object;
  for (const auto& [name, total] : kTotals) object[name] = digest.*total;
  return dump(object);
}

Digest digest_of(const std::string& object) {
  const auto json = ordered_json::parse(object, nullptr, false);
  Digest digest;
  for (const auto& [name, total] : kTotals) {
    const auto at = json.is_object() ? json.find(name) : json.end();
    if (at == json.end() || !at->is_number_integer())
      throw FrameError(std::string("the totals lack ") + name);
    digest.*total = at->get<std::int64_t>();
  }
  return digest;
}

}  // namespace mxlab::control
