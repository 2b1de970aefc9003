// client.hpp - asks the relay over its control socket, and prints what it answers.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "relay/control/messages.hpp"

namespace mxlab::ctl {

using world::awaitable;

/// Where a program's words go.
struct Output {
  std::function<void(std::string_view)> out, err;
  std::function<void()> flush = [] {};
};

/// One connection to the relay.
class Client {
 public:
  Client(world::World& world, std::unique_ptr<world::Stream> stream)
      : channel_(world, std::move(stream)) {}

  /// One answer's records, until the last, which is returned. Throws control::FrameError and
  /// std::system_error.
  using Each = std::function<void(const control::AnswerRecord&, std::string_view bytes)>;
  awaitable<control::LastRecord> ask(control::Request request, Each each);

 private:
  control::Channel channel_;
};

/// Connects; nothing when no relay listens there. Throws std::system_error otherwise.
awaitable<std::unique_ptr<Client>> connect(world::World& world, std::string path);

/// Prints an answer: texts and bytes as they are, records as one JSON array, or as one object where
/// `single`. Returns the exit status.
awaitable<int> ask_and_print(Client& client, control::Request request, bool single, Output& output);

}  // namespace mxlab::ctl
