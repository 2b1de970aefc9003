// network.hpp - listening, connecting, datagrams. Takes addresses, never names.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "relay/world/clock.hpp"
#include "relay/world/stream.hpp"

namespace mxlab::world {

class Listener {
 public:
  virtual ~Listener() = default;
  /// The next connection. Throws std::system_error(operation_aborted) after close().
  virtual awaitable<std::unique_ptr<Stream>> accept() = 0;
  /// Stops accepting and leaves the socket listening: the kernel goes on completing handshakes
  /// into the backlog, so peers see "connected, silence" (smtpctl pause smtp).
  virtual void pause() = 0;
  virtual void resume() = 0;
  virtual void close() = 0;
  virtual Endpoint local() const = 0;
};

struct Datagram {
  Endpoint peer;
  std::string payload;
};

class DatagramSocket {
 public:
  virtual ~DatagramSocket() = default;
  /// The next datagram. Throws operation_aborted after close(), connection_refused when the
  /// network says that nobody listens there (ICMP port unreachable).
  virtual awaitable<Datagram> receive() = 0;
  /// Fire and forget, as UDP is; failures surface in receive() or not at all.
  virtual void send(Datagram datagram) = 0;
  virtual void close() = 0;
  virtual Endpoint local() const = 0;
};

/// One address of one of this host's interfaces.
struct InterfaceAddress {
  std::string interface;
  Address address;
  bool egress = false;  // the interface holds a default route
};

class Network {
 public:
  virtual ~Network() = default;
  /// Opens a listening TCP socket. `backlog` as in listen(2). Throws std::system_error
  /// (address_in_use, permission_denied, address_not_available). A socket that this process was
  /// started with (systemd's socket activation) and that is bound to `local` is used instead.
  virtual std::unique_ptr<Listener> listen(Endpoint local, int backlog) = 0;
  /// Throws std::system_error: connection_refused, timed_out, host_unreachable,
  /// network_unreachable. There is no time limit here but the kernel's own (134.7 s on Linux); see
  /// connect_within.
  virtual awaitable<std::unique_ptr<Stream>> connect(Endpoint peer) = 0;
  /// The same from one of our own addresses (action … src). Throws address_not_available too.
  virtual awaitable<std::unique_ptr<Stream>> connect_from(Address source, Endpoint peer) = 0;

  /// Listens on a local socket (unix(7)) of this path with this file mode; a dead socket file in
  /// its place is replaced, a living one (and any other kind of file) is address_in_use. Its
  /// streams have credentials() and no endpoints. close() removes the file. Errors compare with
  /// std::errc, those of TCP with asio::error.
  virtual std::unique_ptr<Listener> listen_local(std::string path, unsigned mode) = 0;
  /// Throws no_such_file_or_directory, connection_refused (nobody listens there any more),
  /// permission_denied.
  virtual awaitable<std::unique_ptr<Stream>> connect_local(std::string path) = 0;
  /// Opens a datagram socket; port 0 draws an unpredictable free port from World::random.
  virtual std::unique_ptr<DatagramSocket> open_datagrams(Endpoint local) = 0;
  virtual std::vector<InterfaceAddress> interfaces() const = 0;
};

/// Connections that wait for a local listener to accept them; one more finds it busy.
inline constexpr int kLocalBacklog = 128;
/// The longest path of a local socket (sockaddr_un); a longer one is filename_too_long.
inline constexpr std::size_t kLongestLocalPath = 107;

}  // namespace mxlab::world
