// connection.hpp - one SMTP connection as lines: in the clear, or under TLS from some point on.
//
// It owns the stream and one input buffer, obeys deadlines, and records every SMTP line in the
// journal, inside TLS too. It knows nothing of commands. It must live in a coroutine frame. Errors
// are std::system_error: eof when the peer left, timed_out when a deadline ended the wait.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "relay/smtp/deadline.hpp"
#include "relay/smtp/lines.hpp"
#include "relay/smtp/tls.hpp"
#include "relay/world/world.hpp"

namespace mxlab::smtp {

using world::awaitable;
using world::Duration;
using world::SteadyPoint;

struct ConnectionSettings {
  std::string session;  // the subject of its facts
  std::size_t longest_line = 2048;
};

class Connection {
 public:
  enum class Role { kServer, kClient };

  Connection(world::World& world, std::unique_ptr<world::Stream> stream,
             ConnectionSettings settings);
  ~Connection();

  enum class Privacy { kOpen, kSecret };
  /// A line that has already arrived; recorded as received, though never what is said to log in.
  std::optional<Line> next_line(Privacy privacy = Privacy::kOpen);
  /// Reads once from the peer. `then` says what the deadline does to the stream.
  awaitable<void> fill(SteadyPoint until, Deadline::Then then = Deadline::Then::kClose);
  /// Reads exactly so many bytes, past the input buffer, before anything else is read.
  awaitable<std::string> take(std::size_t count, SteadyPoint until);
  /// Ends what is pending, as if its deadline had come.
  void interrupt();
  /// How much is read at once: little while commands are awaited, so that thousands of idle
  /// sessions are small; more for a body. Not while a read is pending.
  void read_at_most(std::size_t bytes);
  LineBuffer& input() { return input_; }
  bool has_input() const { return !input_.empty(); }

  /// Queues whole lines, each with its CRLF; recorded as sent.
  void put_lines(std::string_view wire);
  /// Queues one line, CRLF included, that nobody may read in a journal; recorded as `shown`.
  void put_secret(std::string_view wire, std::string_view shown);
  /// Queues bytes of a body; recorded as a sum by note_body().
  void put_body(std::string_view wire) { output_ += wire; }
  awaitable<void> flush(SteadyPoint until);
  bool has_output() const { return !output_.empty(); }
  std::size_t waiting_output() const { return output_.size(); }

  /// The handshake. Nothing may wait in the input buffer: it would be an injection.
  /// A client says `peer_name` as SNI, and a context that verifies wants it in the certificate.
  awaitable<void> start_tls(std::shared_ptr<TlsContext> context, Role role, SteadyPoint until,
                            std::string peer_name = {});
  bool secure() const { return tls_ != nullptr; }
  /// "TLSv1.3:TLS_AES_256_GCM_SHA384:256"; empty in the clear.
  std::string tls_description() const;
  /// Why the peer's certificate was not good enough: "Hostname mismatch"; else empty.
  std::string certificate_trouble() const;

  void note_received_body(std::uint64_t bytes);
  void note_sent_body(std::uint64_t bytes);
  void note_received(std::string_view line);
  SteadyPoint after(Duration span) const { return world_.clock.steady_now() + span; }
  /// FIN, without TLS's own goodbye: nobody waits for it.
  void close() { stream_->close(); }
  const std::string& session() const { return settings_.session; }
  world::Endpoint peer() const { return stream_->peer(); }
  world::Endpoint local() const { return stream_->local(); }

 private:
  struct Tls;
  class Waiting;
  static constexpr std::size_t kReadSize = 16 * 1024;

  world::World& world_;
  ConnectionSettings settings_;
  LineBuffer input_;
  std::string output_;
  std::unique_ptr<char[]> chunk_;  // outlives the stream that reads into it
  std::size_t read_size_ = kReadSize;
  Deadline* pending_ = nullptr;  // of what is awaited now
  std::unique_ptr<world::Stream> stream_;
  std::unique_ptr<Tls> tls_;
};

}  // namespace mxlab::smtp
