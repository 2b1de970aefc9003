#include "sim/live/json_texts.hpp"

namespace mxlab::sim::live {

// In UTF-8, characters from U+0080 on take two bytes: 110000hh 10llllll.
nlohmann::json text_of_bytes(const std::string& bytes) {
  std::string text;
  for (const char each : bytes) {
    const auto byte = static_cast<unsigned char>(each);
    if (byte < 0x80) {
      text += each;
    } else {
      text += static_cast<char>(0xc0 | byte >> 6);
      text += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return text;
}

std::string bytes_of_text(const nlohmann::json& text) {
  std::string bytes;
  const auto& characters = text.get_ref<const std::string&>();
  for (std::size_t i = 0; i < characters.size(); ++i) {
    auto byte = static_cast<unsigned char>(characters[i]);
    if (byte >= 0x80 && i + 1 < characters.size())
      byte = static_cast<unsigned char>((byte & 0x03) << 6 | (characters[++i] & 0x3f));
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

control::QueueRow row_of_object(const nlohmann::json& object) {
  control::QueueRow row;
  object.at("id").get_to(row.envelope_id);
  object.at("source").get_to(row.source);
  object.at("type").get_to(row.kind);
  for (const auto& flag : object.at("flags"))
    row.flags += (row.flags.empty() ? "" : ",") + flag.get<std::string>();
  object.at("sender").get_to(row.sender);
  object.at("recipient").get_to(row.recipient);
  object.at("destination").get_to(row.destination);
  object.at("creation").get_to(row.creation);
  object.at("expiration").get_to(row.expiration);
  object.at("last_try").get_to(row.last_try);
  object.at("retry").get_to(row.retry);
  object.at("state").get_to(row.state);
  if (const auto& seconds = object.at("seconds"); seconds.is_number_integer())
    row.seconds = seconds.get<std::int64_t>();
  object.at("error").get_to(row.error);
  return row;
}

}  // namespace mxlab::sim::live
