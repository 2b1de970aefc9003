// report.hpp - the sender's own delivery reports, in the form of OpenSMTPD 7. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sim/actors/spool.hpp"

namespace mxlab::sim {

struct ReportAbout {
  std::string host;                     // who reports
  std::vector<SpoolEnvelope> failures;  // kReport envelopes of one message
  std::string_view original;            // the whole message; its header is returned
  world::TimePoint now{};
  std::uint64_t number = 0;  // for the boundary and the Message-ID
};

/// The whole message, CRLF line ends.
std::string write_report(const ReportAbout& about);

}  // namespace mxlab::sim
