#include "relay/delivery/received.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <strings.h>

namespace mxlab::delivery {
namespace {
constexpr std::string_view kReceived = "Received:";
}

std::string date_text(world::TimePoint at) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000 (UTC)",
                     fmt::gmtime(static_cast<std::time_t>(world::epoch_seconds(at))));
}

namespace {
/// RFC 5321 4.1.3: an address literal says when it is IPv6.
std::string literal(const std::string& address) {
  return address.find(':') == std::string::npos ? address : "IPv6:" + address;
}
}  // namespace

std::string received_header(const Trace& trace) {
  std::string text = "Received: ";
  if (!trace.masked)
    text += fmt::format("from {} ({} [{}])\r\n\t", trace.helo.empty() ? "localhost" : trace.helo,
                        trace.peer_name.empty() ? "<unknown>" : trace.peer_name,
                        literal(trace.peer_address));
  text += fmt::format("by {} (mxrelayd) with {} id {}", trace.host, trace.protocol, trace.id);
  if (!trace.tls.empty()) text += fmt::format(" ({})", trace.tls);
  if (!trace.authentication.empty()) text += " " + trace.authentication;
  if (!trace.recipient.empty()) text += fmt::format("\r\n\tfor <{}>", trace.recipient);
  return text + fmt::format(";\r\n\t{}\r\n", date_text(trace.at));
}

void HopCounter::feed(std::string_view bytes) {
  for (char c : bytes) {
    if (!in_header_) return;
    if (c == '\n')
      end_line();
    else if (line_.size() <= kReceived.size())
      line_ += c;
  }
}

void HopCounter::end_line() {
  if (line_.empty() || line_ == "\r") in_header_ = false;
  if (strncasecmp(line_.c_str(), kReceived.data(), kReceived.size()) == 0) ++hops_;
  line_.clear();
}

}  // namespace mxlab::delivery
