// program.hpp - the running daemon: the relay, and those who tell it what to do (signals, systemd).
#pragma once
#include <asio/signal_set.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "relay/daemon/event_log.hpp"
#include "relay/daemon/log.hpp"
#include "relay/daemon/options.hpp"
#include "relay/relay.hpp"
#include "relay/world/real_world.hpp"

namespace mxlab::daemon {

/// What has been made ready while there were rights to do so.
struct Preparation {
  relay::RelayOptions options;
  relay::Settings settings;
  std::vector<int> sockets;       // bound already
  std::function<void()> started;  // called when the relay serves
};

class Program {
 public:
  /// `events` hands all facts on to the log. Both outlive this.
  Program(world::Disk& disk, Log& log, EventLog& events, Preparation preparation);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Serves until it is told to end. Throws what keeps the relay from starting or going on.
  void run();

 private:
  struct State;
  static world::awaitable<void> live(State* state);
  static world::awaitable<void> announce_start(State* state);
  static world::awaitable<void> obey_signals(State* state);
  static world::awaitable<void> reload(State* state);
  static world::awaitable<void> end(State* state);
  static world::awaitable<void> report_status(State* state);
  static world::awaitable<void> keep_alive(State* state, world::Duration interval);

  Log& log_;
  std::shared_ptr<State> state_;
  std::unique_ptr<world::RealWorld> real_;
};

}  // namespace mxlab::daemon
