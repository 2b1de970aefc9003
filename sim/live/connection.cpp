#include "sim/live/connection.hpp"

#include <charconv>
#include <string>

namespace mxlab::sim::live {
namespace {
constexpr std::string_view kWords = " mta connecting address=", kScheme = "://";
}

std::optional<world::Endpoint> connection_in(std::string_view log_line) {
  const auto words = log_line.find(kWords);
  if (words == log_line.npos) return std::nullopt;
  const auto scheme = log_line.find(kScheme, words);
  if (scheme == log_line.npos) return std::nullopt;
  std::string_view text = log_line.substr(scheme + kScheme.size());
  text = text.substr(0, text.find(' '));
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  asio::error_code wrong;
  const auto address = asio::ip::make_address(std::string(host), wrong);
  if (wrong) return std::nullopt;
  return world::Endpoint{address, port};
}

}  // namespace mxlab::sim::live
