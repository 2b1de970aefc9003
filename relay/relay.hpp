// relay.hpp - the relay as a whole: read the settings, open the queue, listen, deliver.
//
// The same class runs behind mxrelayd on real sockets and on every simulated host. Its owner
// spawns run(), and keeps the relay until the io_context has died.
#pragma once
#include <memory>
#include <optional>
#include <string>

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

  /// Settings that the owner has read already; run() reads them otherwise. (A daemon reads them
  /// while it is still allowed to read everything.)
  void begin_with(Settings settings) { prepared_ = std::move(settings); }
  /// Starts and works until stop(). Throws ConfigError, ListenError or std::system_error when it
  /// cannot start.
  awaitable<void> run();
  /// Stops listening and scheduling; run() returns when the queue has written what it holds.
  void stop();
  /// Ends as RFC 5321 3.8 asks: listens no more, tells who is idle to come back later, lets
  /// transactions and deliveries that have begun come to their end within `bound`; then stop().
  awaitable<void> shut_down(world::Duration bound);
  /// True from the moment at which the relay accepts connections.
  bool started() const;

  /// Reads configuration, tables and certificates again. Sessions keep what they began with; who
  /// connects from now on meets the new. Returns nothing, or why the old stays in force.
  awaitable<std::optional<std::string>> reload();

  /// What an operator may do; valid once started.
  Operator& desk();
  const control::Counters& counters() const { return counters_; }
  /// A letter that is handed in on this host (submission.hpp); valid once started.
  awaitable<BegunSubmission> begin_submission(SubmissionEnvelope envelope);
  awaitable<smtp::Reply> submit(Submission submission);

 private:
  struct Running;
  awaitable<Settings> read();
  awaitable<void> open_queue();
  void use(Settings settings);
  void open_local_sockets();
  std::string metrics() const;
  awaitable<std::string> trouble();
  void warn_of(const Settings& settings);

  world::World& world_;
  RelayOptions options_;
  control::Counters counters_;
  std::optional<Settings> prepared_;
  std::unique_ptr<Running> running_;
  bool stopping_ = false, started_ = false;
};

}  // namespace mxlab::relay
