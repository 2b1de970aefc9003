// exchange.hpp - one question to one server, within a time limit: over UDP, and over TCP when the
// answer did not fit.
//
// Each try draws a fresh id and a fresh port (RFC 5452 9.2). What does not answer the question (a
// wrong id, another question, another sender) is ignored, and the waiting goes on.
#pragma once
#include "relay/dns/message.hpp"

namespace mxlab::dns {

/// A reply with a code and a question of its own, or why there is none.
struct Exchanged {
  std::optional<Reply> reply;
  std::string failure;  // "no answer from 192.0.2.53 within 5 s"
};

/// The question must have a canonical name. `limit` holds for each transport.
awaitable<Exchanged> exchange(world::World& world, Endpoint server, Question question,
                              Duration limit);

/// "192.0.2.53"; with the port when it is not DNS's own.
std::string server_name(const Endpoint& server);

}  // namespace mxlab::dns
