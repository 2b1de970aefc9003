// commands.hpp - the commands of mxrelayctl, as the relay carries them out.
#pragma once
#include "relay/control/answer.hpp"
#include "relay/operator.hpp"

namespace mxlab::relay {

/// Carries one command out: its records go into `answer`, the last one is returned. What the words
/// mean wrongly (an unknown command, an id that is none) is said in the last record too. I/O errors
/// of the queue are told, those of the connection are thrown.
awaitable<control::LastRecord> carry_out(Operator& desk, const control::Request& request,
                                         control::Answer& answer);

/// 16 hex digits name an envelope, 8 a message; nothing: the word is neither.
std::optional<delivery::Selection> selection_of(const std::string& word);

}  // namespace mxlab::relay
