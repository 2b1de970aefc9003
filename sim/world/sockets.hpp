// sockets.hpp - what a simulated kernel holds for its process: connections, listeners, datagrams.
//
// TCP is modelled where SMTP can see it: the kernel completes handshakes for a process that does
// not accept, data and FIN wait in the backlog, a closed end answers data with RST, unread data
// closes the window, and a segment that finds no way is sent again until the kernel gives up.
#pragma once
#include <asio/buffer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/world/network.hpp"
#include "sim/world/host.hpp"
#include "sim/world/wires.hpp"

namespace mxlab::sim {

struct TcpEnd;
/// Shares the ownership of the whole connection.
using TcpRef = std::shared_ptr<TcpEnd>;

struct Segment {
  enum class Kind : std::uint8_t {
    kEstablished,  // the last third of the handshake
    kData,
    kFin,
    kProbe,  // asks whether the other end still exists
  };
  Kind kind;
  std::uint64_t sequence;  // of all segments of this end
  std::string bytes;
};

struct ListenSocket {
  Host* host = nullptr;
  Endpoint local;
  std::string path;            // of a local socket, which has no endpoint
  std::size_t limit = 0;       // listen(2)'s backlog: one more than that fits
  std::size_t half_open = 0;   // handshakes that have a place and are not yet complete
  std::deque<TcpRef> backlog;  // complete, not yet accepted
  world::Wakeup acceptor;
  bool paused = false;
  bool open = true;

  bool full() const { return backlog.size() + half_open > limit; }
};

/// A half-open handshake's place in a backlog.
class BacklogPlace {
 public:
  explicit BacklogPlace(std::shared_ptr<ListenSocket> listener) : listener_(std::move(listener)) {
    ++listener_->half_open;
  }
  BacklogPlace(const BacklogPlace&) = delete;
  BacklogPlace& operator=(const BacklogPlace&) = delete;
  ~BacklogPlace() { --listener_->half_open; }
  ListenSocket& listener() { return *listener_; }

 private:
  std::shared_ptr<ListenSocket> listener_;
};

/// Segments that found no way, and when they are tried again.
struct Retransmission {
  std::deque<Segment> waiting;  // in order of sequence
  bool unacknowledged = false;  // data went through, but no answer can come back
  Verdict cause = Verdict::kPass;
  int tries = 0;
  std::uint64_t timer = 0;  // 0: none runs
};

/// One end of a connection.
struct TcpEnd {
  static constexpr std::size_t kWindow = 65536;

  Host* host = nullptr;
  std::uint64_t power_cycle = 0;  // of the host: another one does not know this connection
  std::uint64_t connection = 0;
  TcpEnd* other = nullptr;
  bool server = false;
  Endpoint local;
  std::optional<world::Credentials> peer_process;  // local sockets only
  bool attached = false;                           // a process, or a backlog, holds it

  // Arrived.
  std::string inbox;
  std::size_t taken = 0;  // of the inbox
  bool fin_arrived = false;
  error_code broken;
  asio::mutable_buffer want;
  world::IoCompletion reader;

  // Leaving.
  asio::const_buffer offer;
  world::IoCompletion writer;
  std::size_t outstanding = 0;  // written, and not yet read by the peer's process
  std::uint64_t sequence = 0;
  TimePoint last_arrival{};  // TCP keeps the order
  Retransmission again;
  bool window_update_flies = false;

  std::unique_ptr<BacklogPlace> place;  // the server's, until the handshake is complete

  bool alive() const { return host->powered && power_cycle == host->power_cycle; }
  bool unread() const { return taken < inbox.size(); }
};

struct Connection {
  TcpEnd client, server;
};

/// One side of a connection to be.
struct Side {
  Host* host;
  Endpoint local;
};
std::shared_ptr<Connection> make_connection(const Side& client, const Side& server,
                                            std::uint64_t number);

struct Connector;
struct DatagramQueue;

/// Everything that ends with the process.
struct Sockets {
  std::map<std::uint64_t, TcpRef> connections;  // by number and side
  std::map<Endpoint, std::shared_ptr<ListenSocket>> listeners;
  std::map<std::string, std::shared_ptr<ListenSocket>> local_listeners;  // by path
  std::map<std::uint64_t, std::shared_ptr<Connector>> connectors;
  std::map<Endpoint, std::shared_ptr<DatagramQueue>> datagrams;
  std::uint16_t next_port = 0;  // ephemeral

  /// The listener that a SYN to this endpoint reaches; nullptr for none.
  std::shared_ptr<ListenSocket> listener_at(const Endpoint& to);
  std::uint16_t ephemeral_port(Host& host);
};

// --- sim_tcp.cpp: the way of segments --------------------------------------------------------
/// The process (or the backlog) holds this end from now on.
void attach(const TcpRef& end);
void detach(TcpEnd& end);
/// Sends in order and reliably, as long as the kernel lives.
void transmit(const TcpRef& from, Segment::Kind kind, std::string bytes = {});
/// RST: not repeated when it gets lost.
void send_reset(const TcpRef& from);
/// close(2): RST when something was left unread, else FIN. Pending operations are aborted.
void close_end(TcpRef end, bool silently);
/// Completes the reader or the writer when it can be.
void try_read(TcpEnd& end);
void try_write(const TcpRef& end);
void abort_operations(TcpEnd& end);
/// The end that answers this one, owning the connection as this one does.
TcpRef other_end(const TcpRef& end);

// --- sim_retransmit.cpp ----------------------------------------------------------------------
void stall(const TcpRef& from, Segment segment, Verdict cause);
void expect_acknowledgement(const TcpRef& from);
/// Schedules what transmit() found a way for.
void fly(const TcpRef& from, Segment segment);
/// The connection fails at this end.
void break_end(TcpEnd& end, error_code error);

// --- sim_listener.cpp ------------------------------------------------------------------------
void establish(const TcpRef& server);
/// The complete connection waits in the backlog for the process.
void enqueue(ListenSocket& listener, const TcpRef& server);
std::shared_ptr<ListenSocket> make_listen_socket(Host& host, int backlog);
std::unique_ptr<world::Listener> make_listener(std::shared_ptr<ListenSocket> socket);
void close_listener(ListenSocket& listener);

}  // namespace mxlab::sim
