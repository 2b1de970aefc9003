// frames.hpp - what travels over the relay's local sockets: lines of JSON, and runs of raw bytes.
//
// A line is one JSON object and a line feed. Bytes that are no text (the body of a message) follow
// a line {"bytes":N}, N of them; a line {"end":true} ends a body. Whoever holds one end of such a
// connection trusts nothing of the other: every length has a limit, and what breaks the rules is a
// FrameError, which ends that connection and nothing else.
#pragma once
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "relay/world/world.hpp"

namespace mxlab::control {

using world::awaitable;

inline constexpr std::size_t kMaxLine = 256 * 1024;  // without its line feed
inline constexpr std::size_t kMaxRun = 64 * 1024;    // raw bytes behind one announcement

/// The peer does not speak this protocol.
class FrameError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One end of a connection. Lives in a coroutine's frame, since its stream does. Every call that
/// takes longer than the patience given throws std::system_error(timed_out); the other errors of
/// the stream are thrown as they are.
class Channel {
 public:
  Channel(world::World& world, std::unique_ptr<world::Stream> stream);

  /// The next line, without its end. Nothing when the peer has left between two lines.
  awaitable<std::optional<std::string>> read_line(world::Duration patience);
  awaitable<void> write_line(std::string json, world::Duration patience);
  /// Whole frames, put together by the caller.
  awaitable<void> write_frames(std::string frames, world::Duration patience);

  /// A piece of a body, of any size; it travels in runs of at most kMaxRun.
  awaitable<void> write_body(std::string_view bytes, world::Duration patience);
  awaitable<void> end_body(world::Duration patience);
  /// The next piece of a body, at most kMaxRun; nothing at its end.
  awaitable<std::optional<std::string>> read_body(world::Duration patience);
  /// `count` raw bytes, after a line that announced them.
  awaitable<std::string> read_bytes(std::size_t count, world::Duration patience);

  std::optional<world::Credentials> credentials() const { return stream_->credentials(); }
  void close() { stream_->close(); }

 private:
  awaitable<bool> fill(world::SteadyPoint until);
  awaitable<void> write(std::string bytes, world::SteadyPoint until);
  world::SteadyPoint after(world::Duration span) const;

  world::World& world_;
  std::unique_ptr<world::Stream> stream_;
  std::string input_;
};

/// How many raw bytes a line announces; nothing when it announces none. Throws FrameError when it
/// announces more than kMaxRun.
std::optional<std::size_t> announced_bytes(std::string_view line);

}  // namespace mxlab::control
