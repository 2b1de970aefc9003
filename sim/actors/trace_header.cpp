#include "sim/actors/trace_header.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace mxlab::sim {

std::string mail_date(world::TimePoint at) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000 (UTC)",
                     fmt::gmtime(static_cast<std::time_t>(world::epoch_seconds(at))));
}

std::string received(const TraceHeader& header) {
  std::string text = fmt::format("Received: from {} ({})\r\n\tby {} (OpenSMTPD) with {} id {}",
                                 header.helo, header.peer, header.host, header.protocol, header.id);
  if (!header.tls.empty()) text += fmt::format(" ({})", header.tls);
  if (!header.recipient.empty()) text += fmt::format("\r\n\tfor <{}>", header.recipient);
  return text + fmt::format(";\r\n\t{}\r\n", mail_date(header.at));
}

std::string received_locally(const std::string& host, std::uint32_t id,
                             const std::vector<std::string>& recipients, world::TimePoint at) {
  TraceHeader header;
  header.helo = "localhost";
  header.peer = host + " [local]";
  header.host = host;
  header.protocol = "ESMTPA";
  header.id = fmt::format("{:08x}", id);
  if (recipients.size() == 1) header.recipient = recipients.front();
  header.at = at;
  return received(header);
}

}  // namespace mxlab::sim
