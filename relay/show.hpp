// show.hpp - queue, envelopes and outbound delivery as smtpctl(8) shows them, and as JSON. Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "relay/control/texts.hpp"
#include "relay/delivery/host_memory.hpp"
#include "relay/delivery/snapshot.hpp"
#include "relay/queue/envelope.hpp"
#include "relay/world/time.hpp"

namespace mxlab::relay {

/// A row without its run state: that is the scheduler's to know, or "offline".
control::QueueRow queue_row_of(const queue::Envelope& envelope);

/// show envelope: "key: value" lines in OpenSMTPD's order, no line end after the last. Keys without
/// a value are left out.
std::string envelope_text(const queue::Envelope& envelope);
/// The same keys; numbers as numbers.
std::string envelope_object(const queue::Envelope& envelope);

// One line each, or (a relay) one and one for its connector.
std::string host_text(const delivery::HostSnapshot& host);
std::string route_text(const delivery::RouteSnapshot& route);
std::string relay_text(const delivery::RelaySnapshot& relay);
std::string domain_text(const delivery::DomainSnapshot& domain);
std::string block_text(const delivery::Block& block);

// The same as objects; times are seconds, null when there is none.
std::string host_object(const delivery::HostSnapshot& host);
std::string route_object(const delivery::RouteSnapshot& route);
std::string relay_object(const delivery::RelaySnapshot& relay);
std::string domain_object(const delivery::DomainSnapshot& domain);
std::string block_object(const delivery::Block& block);

}  // namespace mxlab::relay
