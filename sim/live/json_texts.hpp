// json_texts.hpp - bytes and queue rows in JSON, between the lab and its processes.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "relay/control/texts.hpp"

namespace mxlab::sim::live {

/// Any bytes as a text of JSON, each one a character (U+0000 to U+00FF).
nlohmann::json text_of_bytes(const std::string& bytes);
std::string bytes_of_text(const nlohmann::json& text);

/// What control::queue_object() made of a row. Throws nlohmann::json::exception.
control::QueueRow row_of_object(const nlohmann::json& object);

}  // namespace mxlab::sim::live
