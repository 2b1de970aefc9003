#include "relay/control/messages.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace mxlab::control {
namespace {

using nlohmann::json;

// Texts of the relay are bytes (addresses, replies of peers); what is no UTF-8 is replaced, so that
// a record can always be written.
std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json parse_object(std::string_view line) {
  auto value = json::parse(line, nullptr, false);
  if (!value.is_object()) throw FrameError("a line is one JSON object");
  return value;
}

std::string text_of(const json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end()) return {};
  if (!at->is_string()) throw FrameError(fmt::format("\"{}\" is a text", key));
  return at->get<std::string>();
}

std::string word_of(const json& object, const char* key) {
  auto text = text_of(object, key);
  if (text.empty()) throw FrameError(fmt::format("\"{}\" is missing", key));
  return text;
}

bool flag_of(const json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end()) return false;
  if (!at->is_boolean()) throw FrameError(fmt::format("\"{}\" is true or false", key));
  return at->get<bool>();
}

int number_of(const json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end() || !at->is_number_integer())
    throw FrameError(fmt::format("\"{}\" is a number", key));
  return at->get<int>();
}

std::vector<std::string> texts_of(const json& object, const char* key, std::size_t most) {
  std::vector<std::string> texts;
  const auto at = object.find(key);
  if (at == object.end()) return texts;
  if (!at->is_array()) throw FrameError(fmt::format("\"{}\" is a list of texts", key));
  if (at->size() > most) throw FrameError(fmt::format("\"{}\" holds at most {}", key, most));
  for (const json& item : *at) {
    if (!item.is_string()) throw FrameError(fmt::format("\"{}\" is a list of texts", key));
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

/// Its keys stay in the order in which they came.
std::string record_of(std::string_view line) {
  const auto object = nlohmann::ordered_json::parse(line);
  return object.at("record").dump(-1, ' ', false, json::error_handler_t::replace);
}

SubmitRequest submit_request(const json& object) {
  return {text_of(object, "sender"), texts_of(object, "recipients", kMaxSubmitRecipients),
          text_of(object, "notify"), text_of(object, "ret"), text_of(object, "envid")};
}

}  // namespace

std::string encode(const Request& request) {
  return dump(
      {{"command", request.command}, {"arguments", request.arguments}, {"json", request.json}});
}

std::string encode(const SubmitRequest& request) {
  return dump({{"command", "submit"},
               {"sender", request.sender},
               {"recipients", request.recipients},
               {"notify", request.dsn_notify},
               {"ret", request.dsn_ret},
               {"envid", request.dsn_envid}});
}

std::string encode(const Submitted& answer) {
  return dump({{"code", answer.code}, {"text", answer.text}});
}

std::string encode(const TextRecord& record) { return dump({{"text", record.text}}); }

std::string encode(const JsonRecord& record) {
  return fmt::format("{{\"record\":{}}}", record.json);
}

std::string encode(const LastRecord& record) {
  json object{{"status", record.status}};
  if (!record.error.empty()) object["error"] = record.error;
  return dump(object);
}

std::variant<Request, SubmitRequest> decode_request(std::string_view line) {
  const json object = parse_object(line);
  const std::string command = word_of(object, "command");
  if (command == "submit") return submit_request(object);
  return Request{command, texts_of(object, "arguments", kMaxArguments), flag_of(object, "json")};
}

AnswerRecord decode_answer(std::string_view line) {
  if (auto count = announced_bytes(line)) return BytesRecord{*count};
  const json object = parse_object(line);
  if (object.contains("text")) return TextRecord{text_of(object, "text")};
  if (object.contains("record")) return JsonRecord{record_of(line)};
  return LastRecord{number_of(object, "status"), text_of(object, "error")};
}

Submitted decode_submitted(std::string_view line) {
  const json object = parse_object(line);
  return {number_of(object, "code"), text_of(object, "text")};
}

}  // namespace mxlab::control
