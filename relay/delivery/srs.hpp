// srs.hpp - the sender rewriting scheme, as OpenSMTPD writes and reads it. Pure.
//
// Mail that an alias sends on leaves under an address of ours, so that SPF at the next hop holds.
// The address carries the sender, the day and a keyed hash: a bounce that comes back to it can be
// sent on, and nobody else can make such an address. The hash is OpenSMTPD's, SHA-1 over key and
// text, cut to four letters: a change of daemon loses no bounce that is on its way.
#pragma once
#include <optional>
#include <string>

#include "relay/config/config.hpp"
#include "relay/world/time.hpp"

namespace mxlab::delivery {

/// The sender under which mail leaves: SRS0=hash=day=domain=user@OURS, or SRS1=… for one that is
/// rewritten already. What cannot be rewritten (null sender, too long) stays as it is.
std::string srs_rewrite(const config::Srs& srs, const std::string& sender,
                        const std::string& our_domain, world::TimePoint now);

/// The address that was rewritten; nothing when it is no such address, its hash is not ours, or it
/// is older than `srs ttl`.
std::optional<std::string> srs_reverse(const config::Srs& srs, const std::string& address,
                                       world::TimePoint now);

}  // namespace mxlab::delivery
