// relay.hpp - the relay as a whole: read the settings, open the queue, listen, deliver.
//
// The same class runs behind mxrelayd on real sockets and on every simulated host. Its owner
// spawns run(), and keeps the relay until the io_context has died.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "relay/control/counters.hpp"
#include "relay/operator.hpp"
#include "relay/settings.hpp"
#include "relay/submission.hpp"

namespace mxlab::relay {

class Relay {
 public:
  Relay(world::World& world, RelayOptions options);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// Starts and works until stop(). Throws ConfigError or std::system_error when it cannot start.
  awaitable<void> run();
  /// Stops listening and scheduling; run() returns when the queue has written what it holds.
  void stop();
  /// True from the moment at which the relay accepts connections.
  bool started() const;

  /// What an operator may do; valid once started.
  Operator& desk();
  const control::Counters& counters() const { return counters_; }
  awaitable<smtp::Reply> submit(Submission submission);

 private:
  struct Running;
  awaitable<void> open_queue();
  void listen_all();
  std::vector<world::Endpoint> endpoints_of(const config::Listen& listen) const;
  std::unique_ptr<world::Listener> open_listener(const world::Endpoint& endpoint);
  static awaitable<void> accept_loop(Relay* self, std::unique_ptr<world::Listener> listener,
                                     config::Listen listen);
  static awaitable<void> serve(Relay* self, std::unique_ptr<world::Stream> stream,
                               config::Listen listen);
  smtp::ServerOptions server_options(const config::Listen& listen) const;

  world::World& world_;
  RelayOptions options_;
  control::Counters counters_;
  std::unique_ptr<Running> running_;
  std::size_t sessions_ = 0;
  bool stopping_ = false, started_ = false;
};

}  // namespace mxlab::relay
