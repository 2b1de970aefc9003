// objects.hpp - the same answers for programs: one JSON object each, with keys that stay.
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "relay/control/texts.hpp"

namespace mxlab::control {

/// {"id","message","source","type","flags":[…],"sender","recipient","destination","creation",
/// "expiration","last_try","retry","state","seconds","error"}; `seconds` is null when offline.
std::string queue_object(const QueueRow& row);

/// {"mda":"running","mta":"paused","smtp":"running"}
std::string status_object(const std::map<std::string, std::string>& status);

/// Every counter by its key, and "uptime" in seconds.
std::string stats_object(const std::map<std::string, std::int64_t, std::less<>>& values,
                         world::Duration uptime);

/// The running totals by the names of Digest's fields.
std::string digest_object(const Digest& digest);
/// Throws FrameError.
Digest digest_of(const std::string& object);

}  // namespace mxlab::control
