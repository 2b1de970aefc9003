// server_reception.hpp - one message on its way into its sink, by DATA or by chunks.
//
// Whatever spoils it (its size, its header, a flaw, a sink that fails), the rest is still read by
// the caller, and goes nowhere. Internal to the room.
#pragma once
#include <memory>
#include <string>

#include "relay/smtp/body.hpp"
#include "relay/smtp/server_session.hpp"

namespace mxlab::smtp {

class Reception {
 public:
  Reception(std::unique_ptr<MessageSink> sink, const ServerOptions& options)
      : sink_(std::move(sink)), options_(options) {}

  /// The next bytes of the body, and the first flaw found in it so far.
  awaitable<void> take(std::string piece, BodyFlaw flaw);
  /// The end: 250 from the sink, or why there is none. Once.
  awaitable<Refusal> finish(BodyFlaw flaw);

  std::uint64_t size() const { return size_; }
  /// Will it be refused, whatever still comes?
  bool spoiled() const { return !sink_; }
  /// So far beyond the limit, with `more` bytes to come, that we rather close the connection.
  bool hopeless(std::uint64_t more = 0) const;
  /// What the sink threw; empty: nothing.
  const std::string& fault() const { return fault_; }

 private:
  bool within_limits() const;

  std::unique_ptr<MessageSink> sink_;
  const ServerOptions& options_;
  HeaderMeter header_;
  std::uint64_t size_ = 0;
  std::string fault_;
};

Refusal message_too_big(bool disconnect);

}  // namespace mxlab::smtp
