// hand_in.hpp - a letter over the submission socket: envelope, body, outcome.
#pragma once
#include <functional>

#include "relay/control/messages.hpp"
#include "relay/submission.hpp"

namespace mxlab::relay {

using BeginSubmission = std::function<awaitable<BegunSubmission>(SubmissionEnvelope)>;

/// Takes one letter from the channel, whose request line has been read. The body is read to its end
/// whatever becomes of it, so that the answer, which is for the caller to send, finds somebody who
/// listens. Throws FrameError when the body breaks the rules or never ends, and the channel's I/O
/// errors; then nothing was queued.
awaitable<control::Submitted> hand_in(BeginSubmission begin, control::SubmitRequest request,
                                      control::Channel& channel);

}  // namespace mxlab::relay
