// lab.hpp - two hosts, a wire, and peers that follow a script, for tests of sessions.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "relay/smtp/client_session.hpp"
#include "relay/smtp/server_session.hpp"
#include "sim/world/simulation.hpp"

namespace mxlab::smtp {

using world::World;
using namespace std::chrono_literals;

inline constexpr world::Duration kEver = std::chrono::hours(2);

/// A self-signed certificate for mx.test and its key, PEM; made once.
struct TestCertificate {
  std::string chain, key;
};
const TestCertificate& test_certificate();

/// What the backend of the tests got and what it shall answer.
struct Inbox {
  struct Message {
    std::string sender;
    std::vector<std::string> recipients;
    std::string body;
  };
  std::vector<Message> messages;
  std::vector<std::string> senders;   // every MAIL that was asked about
  std::vector<Recipient> recipients;  // every RCPT
  std::vector<std::string> users;     // who had logged in, of each message
  std::vector<std::string> logins;    // every "user:password" that was tried
  Transaction transaction;            // of the last MAIL
  world::Endpoint peer, local;        // of the last session
  Guest* guest = nullptr;             // the last session itself
  std::vector<std::string> ends;      // reasons given to disconnected()
  int resets = 0;
  std::string tls;
  bool body_8bit = false;
  std::uint64_t declared_size = 0;

  Verdict at_arrival, at_connect, at_helo, at_starttls, at_mail, at_data;
  std::function<Verdict(const std::string&)> at_rcpt;
  std::string mail_throws;    // what mail() throws, if anything
  std::string data_throws;    // what data() throws
  std::string write_throws;   // what the sink's write() throws
  std::string commit_throws;  // what the sink's commit() throws
  Reply at_commit{250, "2.0.0", "cafe0001 Message accepted for delivery"};
};
std::shared_ptr<Backend> make_backend(Inbox& inbox);

/// One step of a scripted peer.
struct Act {
  enum class Kind { kSay, kAwait, kPause, kClose } kind;
  std::string text;  // kAwait: until this has come
  world::Duration span{};
};
inline Act say(std::string text) { return {Act::Kind::kSay, std::move(text)}; }
inline Act await(std::string text) { return {Act::Kind::kAwait, std::move(text)}; }
inline Act pause_for(world::Duration span) { return {Act::Kind::kPause, {}, span}; }
inline Act hang_up() { return {Act::Kind::kClose, {}}; }
using Script = std::vector<Act>;

/// What a scripted peer saw, and when it saw the end.
struct Seen {
  std::string text;
  bool closed = false;
  world::Duration at{};  // since the start, of the end
};

/// A server program, or a client program, on one host each.
class Lab {
 public:
  explicit Lab(std::uint64_t seed = 1);
  ~Lab();

  ServerOptions server_options;
  ClientOptions client_options;
  Inbox inbox;
  sim::Simulation simulation;
  sim::Host& server;
  sim::Host& client;

  /// Boots the relay's server, which serves everybody who connects.
  void boot_server();
  /// Boots a server that follows the script, once for each connection.
  void boot_scripted_server(Script script);
  /// Runs a scripted client against the server and returns what it saw.
  Seen talk(Script script);
  /// Runs the coroutine on the client's host until nothing happens any more.
  using Body = std::function<world::awaitable<void>(World&)>;
  void run_client(Body body);

  std::vector<Seen> server_saw;  // of a scripted server
  world::Endpoint endpoint() const;
  void use_tls();
};

/// One message through ClientSession against what listens on the server.
struct Sent {
  std::optional<NotReady> not_ready;
  std::vector<Outcome> outcomes;
  bool usable_after = false;
  bool secure = false;
  std::string connect_error;
  world::Duration took{};
};
Sent send_through(Lab& lab, OutgoingMessage message, std::string body);

/// "delivered 250 …", "temporary …", "permanent …", "indefinite …".
std::string to_string(const Outcome& outcome);

}  // namespace mxlab::smtp
