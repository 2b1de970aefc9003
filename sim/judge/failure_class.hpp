// failure_class.hpp - when two failures are the same failure.
//
// Worlds differ in names, numbers and times, and break for the same reason. What is left of a
// failure's sentence without them is its class: minimise keeps it, and many failures are counted by
// it.
#pragma once
#include <string>
#include <string_view>

#include "sim/judge/expectations.hpp"

namespace mxlab::sim {

/// "<4a1f@…> from <a@example.net> to <b@example.org> is lost: not delivered, …" becomes
/// "<…> from <…> to <…> is lost: not delivered, …"; host names become HOST, addresses ADDRESS,
/// identifiers ID, numbers and times N.
std::string failure_class(std::string_view sentence);

/// "queue: too many", "mailbox <…>: too few", "monitor at N: not as expected": of an expectation.
std::string failure_class(const Broken& broken);

}  // namespace mxlab::sim
