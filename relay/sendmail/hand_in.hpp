// hand_in.hpp - takes a letter to the relay's submit socket, and tells how that ended.
//
// There is no spool of our own: when the relay is not running the caller hears EX_TEMPFAIL and
// still has the letter. A second queue would need somebody who looks after it, and mail in it would
// be seen by nobody.
#pragma once
#include <string>

#include "relay/control/messages.hpp"
#include "relay/sendmail/letter.hpp"
#include "relay/sendmail/options.hpp"

namespace mxlab::sendmail {

using world::awaitable;

struct Outcome {
  int exit = kTemporary;
  std::string text;  // for a person; empty: nothing to say
};

/// A letter on its way: its envelope, its header as it goes out, and its body still to be read.
struct Parcel {
  control::SubmitRequest request;
  std::string head;
  Letter& letter;
};

/// Never throws for what the relay does.
awaitable<Outcome> hand_in(world::World& world, std::string socket, Parcel parcel);

/// What an answer of the relay means to the program that called us.
Outcome outcome_of(const control::Submitted& answer);

}  // namespace mxlab::sendmail
