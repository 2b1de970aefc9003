#include "sim/live/spool_files.hpp"

#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "sim/live/json_texts.hpp"

namespace mxlab::sim::live {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using world::Duration;
using world::TimePoint;

std::int64_t count(TimePoint at) { return at.time_since_epoch().count(); }
TimePoint time_of(const json& number) { return TimePoint(Duration(number.get<std::int64_t>())); }

json object_of(const SpoolEnvelope& envelope) {
  return {{"id", envelope.id},
          {"kind", static_cast<int>(envelope.kind)},
          {"sender", text_of_bytes(envelope.sender)},
          {"recipient", text_of_bytes(envelope.recipient)},
          {"creation", count(envelope.creation)},
          {"next_attempt", count(envelope.next_attempt)},
          {"failures", envelope.failures},
          {"error", text_of_bytes(envelope.error)},
          {"status", envelope.status},
          {"warned", count(envelope.warned)},
          {"delayed", envelope.delayed},
          {"delay", envelope.delay.count()}};
}

SpoolEnvelope envelope_of(const json& object) {
  SpoolEnvelope envelope;
  object.at("id").get_to(envelope.id);
  envelope.kind = static_cast<MailKind>(object.at("kind").get<int>());
  envelope.sender = bytes_of_text(object.at("sender"));
  envelope.recipient = bytes_of_text(object.at("recipient"));
  envelope.creation = time_of(object.at("creation"));
  envelope.next_attempt = time_of(object.at("next_attempt"));
  object.at("failures").get_to(envelope.failures);
  envelope.error = bytes_of_text(object.at("error"));
  object.at("status").get_to(envelope.status);
  envelope.warned = time_of(object.at("warned"));
  object.at("delayed").get_to(envelope.delayed);
  envelope.delay = Duration(object.at("delay").get<std::int64_t>());
  return envelope;
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return text;
}

void write(const fs::path& file, const std::string& text) {
  const fs::path next = file.string() + ".next";
  std::ofstream out(next, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + next.string());
  fs::rename(next, file);
}

}  // namespace

fs::path SpoolFiles::message_file(std::uint32_t message) const {
  return directory_ / fmt::format("{:08x}", message);
}

SenderSpool SpoolFiles::load() {
  SenderSpool spool;
  const fs::path file = directory_ / "envelopes";
  if (!fs::exists(file)) return spool;
  for (const auto& object : json::parse(read(file))) {
    SpoolEnvelope envelope = envelope_of(object);
    const std::uint32_t message = envelope.message();
    if (messages_.insert(message).second) spool.messages[message] = read(message_file(message));
    spool.envelopes.emplace(envelope.id, std::move(envelope));
  }
  return spool;
}

/// Texts come before the envelopes that need them, and go after these.
void SpoolFiles::save(const SenderSpool& spool) {
  fs::create_directories(directory_);
  for (const auto& [message, text] : spool.messages)
    if (messages_.insert(message).second) write(message_file(message), text);
  json envelopes = json::array();
  for (const auto& [id, envelope] : spool.envelopes) envelopes.push_back(object_of(envelope));
  write(directory_ / "envelopes", envelopes.dump());
  std::erase_if(messages_, [&](std::uint32_t message) {
    return !spool.messages.contains(message) && fs::remove(message_file(message));
  });
}

}  // namespace mxlab::sim::live
