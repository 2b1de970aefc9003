// listeners.hpp - the sockets on which smtpd.conf wants clients to be met.
//
// A new configuration is taken all or nothing: sockets that stay keep listening and serve whoever
// comes next by the new words, new ones open before old ones close. Sessions are never touched.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "relay/config/config.hpp"
#include "relay/world/world.hpp"

namespace mxlab::relay {

using world::awaitable;

/// A socket cannot be had; what() says which, why, and what to do.
class ListenError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// ": …", what a person can do about a port that cannot be had at the start; or nothing.
std::string advice_for_start(const std::error_code& error);

using ListenRef = std::shared_ptr<const config::Listen>;

/// The addresses that the configuration wants, each with what it says of them. Local sockets are
/// not among them. Throws ListenError: no such interface, or the same address twice.
std::map<world::Endpoint, ListenRef> listening_endpoints(const config::Config& config,
                                                         const world::Network& network);

struct ListenerOptions {
  int backlog = 5;                  // listen(2)
  std::size_t max_sessions = 1000;  // more wait in the backlog
};

class Listeners {
 public:
  /// Serves one client to its end; never throws.
  using Serve = std::function<awaitable<void>(std::unique_ptr<world::Stream>, ListenRef)>;

  Listeners(world::World& world, ListenerOptions options, Serve serve);

  /// Makes the sockets those of this configuration. Throws ListenError; then nothing has changed.
  void update(const config::Config& config);
  /// Stops accepting, the sockets stay open; new ones too.
  void pause(bool paused);
  void close();
  std::size_t sessions() const { return sessions_; }
  std::size_t count() const { return slots_.size(); }
  /// True when the last session has ended, false when `until` came first.
  awaitable<bool> wait_until_empty(world::SteadyPoint until);

 private:
  /// An open socket; the Listener itself lives in its accept loop.
  struct Slot {
    world::Listener* listener = nullptr;
    ListenRef listen;
  };
  using SlotRef = std::shared_ptr<Slot>;

  std::unique_ptr<world::Listener> open(const world::Endpoint& endpoint) const;
  static awaitable<void> accept_loop(Listeners* self, std::unique_ptr<world::Listener> listener,
                                     SlotRef slot);
  static awaitable<void> serve(Listeners* self, std::unique_ptr<world::Stream> stream,
                               ListenRef listen);

  world::World& world_;
  ListenerOptions options_;
  Serve serve_;
  std::map<world::Endpoint, SlotRef> slots_;
  std::size_t sessions_ = 0;
  world::Signal session_ended_;
  bool paused_ = false, started_ = false;
};

}  // namespace mxlab::relay
