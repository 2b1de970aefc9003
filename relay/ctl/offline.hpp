// offline.hpp - what can be shown while the relay is stopped: show queue, show envelope, show
// message.
#pragma once
#include "relay/ctl/client.hpp"

namespace mxlab::ctl {

/// True for the commands that need no running relay to answer.
bool works_offline(const std::string& command);

/// Answers from the spool. Returns the exit status.
int answer_offline(const std::string& directory, const control::Request& request, Output& output);

}  // namespace mxlab::ctl
