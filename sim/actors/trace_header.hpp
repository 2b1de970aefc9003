// trace_header.hpp - Received headers and dates as OpenSMTPD writes them. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "relay/world/time.hpp"

namespace mxlab::sim {

struct TraceHeader {
  std::string helo, peer;      // "mx2.example.org", "mx2.example.org [192.0.2.30]" or "… [local]"
  std::string host, protocol;  // who received it, and how
  std::string id;              // 8 hex digits
  std::string tls;             // empty in the clear
  std::string recipient;       // the only one; empty when there are several
  world::TimePoint at{};
};

/// With its line end.
std::string received(const TraceHeader& header);
/// Of a letter that was handed in on the host itself.
std::string received_locally(const std::string& host, std::uint32_t id,
                             const std::vector<std::string>& recipients, world::TimePoint at);
/// "Sun, 22 Nov 2026 07:39:02 +0000 (UTC)"
std::string mail_date(world::TimePoint at);

}  // namespace mxlab::sim
