// station.hpp - a mail host of the live lab over all its lives, whatever program plays it: an
// actor, mxrelayd, or somebody else's mail system.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "sim/actors/station.hpp"

namespace mxlab::sim::live {

/// What the program says of itself, as it happens.
using Facts = std::function<void(world::TimePoint at, const world::Fact& fact)>;
/// The program has ended without being told to; the sentence says what it said last.
using Died = std::function<void(std::string why)>;

/// Its coroutines run on the lab's RealWorld; they never throw but return a sentence: empty when
/// all went well, else what did not.
class LiveStation {
 public:
  virtual ~LiveStation() = default;

  /// Returns when the program serves, or why it does not.
  virtual awaitable<std::string> start() = 0;
  /// The orderly end; returns when it has ended.
  virtual awaitable<std::string> stop() = 0;
  /// kill -9. Its files stay.
  virtual void kill() = 0;
  /// SIGSTOP and SIGCONT: the kernel goes on accepting.
  virtual void freeze(bool frozen) = 0;
  virtual bool is_up() const = 0;

  /// smtpctl pause and resume smtp | mta | mda; nothing happens when it is in that state already.
  virtual awaitable<std::string> pause(std::string part, bool paused) = 0;
  /// smtpctl schedule all.
  virtual awaitable<std::string> schedule_all() = 0;
  /// As smtpctl show queue; nothing while it is down.
  virtual awaitable<std::vector<control::QueueRow>> queue_rows() = 0;
  /// Hands a letter in on that machine.
  virtual awaitable<std::string> submit(Letter letter) = 0;
  /// All that has reached its mailboxes, in order of arrival.
  virtual std::vector<Delivered> mail() = 0;
};

}  // namespace mxlab::sim::live
