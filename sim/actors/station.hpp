// station.hpp - what the lab can do with a mail host and ask of it, whatever runs there: the real
// relay or an actor.
#pragma once
#include <string>
#include <vector>

#include "relay/control/counters.hpp"
#include "relay/control/texts.hpp"
#include "relay/world/world.hpp"

namespace mxlab::sim {

using world::awaitable;
using world::Duration;

/// A message that a scenario hands in on this host.
struct Letter {
  std::string sender;  // empty: the null sender
  std::vector<std::string> recipients;
  std::string text;  // header and body, CRLF line ends
};

/// A message that reached a mailbox.
struct Delivered {
  std::string mailbox;  // user@domain, as given in RCPT
  std::string sender;
  std::string text;  // as it arrived, CRLF line ends
  world::TimePoint at{};
};

/// One life of the process on a host; ends with it.
class Station {
 public:
  virtual ~Station() = default;
  virtual const control::Digest& digest() const = 0;
  /// As smtpctl show queue; may take virtual time.
  virtual awaitable<std::vector<control::QueueRow>> queue_rows() = 0;
  /// smtpctl pause / resume smtp | mta | mda; false when it is in that state already, or when this
  /// host has no such part.
  virtual bool pause(const std::string& part, bool paused) = 0;
  /// smtpctl schedule all.
  virtual awaitable<void> schedule_all() = 0;
  /// Hands a letter in locally. An empty text: accepted; else why not.
  virtual awaitable<std::string> submit(Letter letter) = 0;
  /// The orderly end: after it the lab stops the process.
  virtual void stop() = 0;
};

}  // namespace mxlab::sim
