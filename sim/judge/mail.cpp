#include "sim/judge/mail.hpp"

#include <strings.h>

namespace mxlab::sim {
namespace {

std::string_view trimmed(std::string_view text) {
  auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

bool named(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         strncasecmp(line.data(), name.data(), name.size()) == 0;
}

}  // namespace

std::vector<std::string> header_values(std::string_view message, std::string_view name) {
  std::vector<std::string> values;
  bool inside = false;
  while (!message.empty()) {
    auto end = std::min(message.find('\n'), message.size() - 1) + 1;
    std::string_view line = message.substr(0, end);
    message.remove_prefix(end);
    if (trimmed(line).empty()) break;
    if (line.front() == ' ' || line.front() == '\t') {
      if (inside) values.back() += " " + std::string(trimmed(line));
      continue;
    }
    inside = named(line, name);
    if (inside) values.emplace_back(trimmed(line.substr(name.size() + 1)));
  }
  return values;
}

std::string header_value(std::string_view message, std::string_view name) {
  auto values = header_values(message, name);
  return values.empty() ? std::string() : values.front();
}

}  // namespace mxlab::sim
