// dialogue.hpp - a scripted client: says lines, hears replies, tells where they differ from what
// was expected.
#pragma once
#include <string>
#include <vector>

#include "relay/world/world.hpp"

namespace mxlab::sim {

struct DialogueScript {
  world::Endpoint to;
  /// CRLF is added unless a text itself ends in CR or LF.
  std::vector<std::string> say;
  /// Beginnings of the replies in their order, the banner first; one of several lines counts once.
  /// "close": the peer hangs up; "silence": nothing comes.
  std::vector<std::string> hear;
  world::Duration patience = std::chrono::seconds(300);  // for each reply
};

/// Speaks from the world's host. After each command it waits for the reply; a body goes out without
/// waiting. Empty: all was as expected; else what differed.
world::awaitable<std::string> hold_dialogue(world::World& world, DialogueScript script);

}  // namespace mxlab::sim
