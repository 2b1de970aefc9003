// server_session.hpp - the receiving side of one SMTP connection.
//
// The session knows the protocol: command order, syntax, limits, pipelining, TLS, dot-stuffing.
// What may be accepted, who may log in, and where a message goes, it asks its Backend.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/smtp/parameters.hpp"
#include "relay/smtp/reply.hpp"
#include "relay/smtp/server_limits.hpp"
#include "relay/smtp/tls.hpp"
#include "relay/world/world.hpp"

namespace mxlab::smtp {

using world::awaitable;
using world::Duration;

/// Whether AUTH is offered (under TLS only), and whether MAIL needs it.
enum class AuthPolicy { kNone, kOptional, kRequired };

struct ServerOptions {
  std::string hostname;             // in banner and EHLO
  std::shared_ptr<TlsContext> tls;  // null: STARTTLS is not offered
  bool implicit_tls = false;        // smtps: the handshake comes first
  bool require_tls = false;         // tls-require: nothing before STARTTLS
  bool proxy_v2 = false;            // a PROXY header comes first of all
  AuthPolicy auth = AuthPolicy::kNone;
  bool dsn = true, utf8 = true, chunking = true;      // offered
  std::uint64_t max_message_size = 35 * 1024 * 1024;  // smtp max-message-size
  std::size_t max_recipients = 1000;                  // smtp limit max-rcpt, per message
  std::size_t max_messages = 100;                     // smtp limit max-mails, per session
  Duration timeout = std::chrono::seconds(300);       // idle (RFC 5321 4.5.3.2.7)
  Limits limits;
};

/// One mail transaction, from MAIL to the end of data; it is only ever replaced whole.
struct Transaction {
  std::string sender;
  bool has_sender = false;
  std::uint64_t declared_size = 0;  // MAIL SIZE=, 0 when absent
  bool body_8bit = false;           // BODY=8BITMIME
  bool utf8 = false;                // SMTPUTF8
  std::string ret, envid;           // RFC 3461, as given; empty when absent
  std::vector<std::string> recipients;
};

/// Why a session is ended from outside.
enum class Farewell {
  kCrowded,  // at once: others need the room
  kClosing,  // the server ends: a transaction that has begun may come to its end
};

/// A session as seen by whoever may have to end it.
class Guest {
 public:
  virtual ~Guest() = default;
  /// Since when the client has us wait for it; max() while it is we who work.
  virtual world::SteadyPoint silent_since() const = 0;
  /// The client is told 421 (RFC 5321 3.8), and the session is over.
  virtual void dismiss(Farewell why) = 0;
};

/// What is known of the peer and of the open transaction; the Backend reads it.
struct SessionState : Transaction {
  std::string id;               // 16 hex digits, as in log lines
  world::Endpoint peer, local;  // behind a proxy: as the proxy announced them
  std::string helo;             // empty before HELO/EHLO
  bool extended = false;        // EHLO
  bool tls = false;
  std::string tls_description;  // "TLSv1.3:TLS_AES_256_GCM_SHA384:256" for Received
  std::string user;             // logged in as; empty: not
  Guest* guest = nullptr;       // who may be asked to leave; valid until disconnected()
};

/// What the Backend says to a step: nothing (go on), or the reply that refuses it.
struct Refusal {
  Reply reply;
  bool disconnect = false;  // say it and close; an empty reply closes without a word
};
using Verdict = std::optional<Refusal>;

/// Takes one message body in. Dropped without commit(), the message never was.
class MessageSink {
 public:
  virtual ~MessageSink() = default;
  /// Bytes with CRLF line ends, dot-stuffing removed, in order.
  virtual awaitable<void> write(std::string bytes) = 0;
  /// The final dot. Only when this has returned 250 is the message ours.
  virtual awaitable<Refusal> commit() = 0;  // also carries the positive reply
};

class Backend {
 public:
  virtual ~Backend() = default;
  /// First of all, before any handshake: is there room for this client? A refusal is said in the
  /// clear, and not at all where the client waits for TLS.
  virtual awaitable<Verdict> arrived(const SessionState&) { co_return std::nullopt; }
  /// Before the banner.
  virtual awaitable<Verdict> connected(const SessionState& session) = 0;
  virtual awaitable<Verdict> helo(const SessionState& session) = 0;
  virtual awaitable<Verdict> mail(const SessionState& session) = 0;  // state.sender is the new one
  virtual awaitable<Verdict> rcpt(const SessionState& session, Recipient recipient) = 0;
  /// Either a refusal of DATA, or where the body goes.
  struct DataVerdict {
    Verdict refusal;
    std::unique_ptr<MessageSink> sink;
  };
  virtual awaitable<DataVerdict> data(const SessionState& session) = 0;
  /// RSET, EHLO, end of data, end of session: the transaction is over.
  virtual void reset(const SessionState& session) = 0;
  /// Before STARTTLS is accepted.
  virtual awaitable<Verdict> starttls(const SessionState&) { co_return std::nullopt; }
  /// After a handshake succeeded.
  virtual void secured(const SessionState& session) = 0;
  /// AUTH: nothing when the password is right; else the reply (535, 454).
  virtual awaitable<Verdict> authenticate(const SessionState&, std::string, std::string) {
    co_return Refusal{Reply(535, "5.7.8", "Authentication failed"), false};
  }
  /// Once, last. "quit", "disconnect", "timeout", "io-error: …" (SEMANTICS 11), and where
  /// OpenSMTPD ends nobody: "shutdown", "crowded".
  virtual void disconnected(const SessionState& session, const std::string& reason) = 0;
};

/// Speaks to one client until it leaves. Never throws; ends the session on I/O errors.
awaitable<void> serve(world::World& world, std::unique_ptr<world::Stream> stream,
                      ServerOptions options, std::shared_ptr<Backend> backend);

}  // namespace mxlab::smtp
