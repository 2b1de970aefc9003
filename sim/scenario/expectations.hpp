// expectations.hpp - what expectations.cpp and mail_expectations.cpp share; nobody else needs it.
#pragma once
#include "sim/scenario/actions.hpp"
#include "sim/scenario/reader.hpp"

namespace mxlab::scenario {

void read_queue(Reading& reading, const Entry& entry, HostExpectation& out);
void read_mailboxes(Reading& reading, const Entry& entry, HostExpectation& out);

}  // namespace mxlab::scenario
