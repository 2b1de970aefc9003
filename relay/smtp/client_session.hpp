// client_session.hpp - the sending side of one SMTP or LMTP connection.
//
// One connection, many messages. An outcome for each recipient; nothing is retried here and no
// other host is tried: that is delivery's business.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/smtp/reply.hpp"
#include "relay/smtp/tls.hpp"
#include "relay/world/world.hpp"

namespace mxlab::smtp {

using world::awaitable;
using world::Duration;

/// How long to wait in each phase. OpenSMTPD waits 300 s everywhere; RFC 5321 4.5.3.2 differs.
struct ClientTimeouts {
  Duration connect = std::chrono::seconds(300);
  Duration banner = std::chrono::seconds(300);
  Duration command = std::chrono::seconds(300);      // EHLO, STARTTLS, MAIL, RCPT, RSET
  Duration data = std::chrono::seconds(300);         // the reply to DATA
  Duration block = std::chrono::seconds(300);        // each write of the body
  Duration end_of_data = std::chrono::seconds(600);  // RFC 5321 4.5.3.2.6
};

/// LMTP (RFC 2033): LHLO, and a reply for each recipient behind the final dot.
enum class ClientProtocol { kSmtp, kLmtp };

struct Login {
  std::string user, password;
};

struct ClientOptions {
  std::string helo;
  std::shared_ptr<TlsContext> tls;  // null: STARTTLS is never asked for
  bool require_tls = false;         // else a failed STARTTLS ends the connection as not ready
  ClientTimeouts timeouts;
  std::string session;  // 16 hex digits for logs
  ClientProtocol protocol = ClientProtocol::kSmtp;
  bool implicit_tls = false;     // smtps: TLS before the banner
  std::string peer_name{};       // said as SNI; `tls`, if it verifies, wants it in the certificate
  std::optional<Login> login{};  // AUTH; never in the clear
  bool require_utf8 = false;     // a peer without SMTPUTF8 is not ready
};

/// Why a connection could not be made ready (before MAIL): the caller tries the next MX.
struct NotReady {
  std::string reason;       // "IO Error: Connection refused", "Connection timeout",
                            // "BANNER rejected: 421 …", "HELO rejected: …" (SEMANTICS 11)
  bool tls_failed = false;  // the handshake broke: the caller may come back in the clear
  Reply reply{};            // code 0 when there was none
  bool lacks_utf8 = false;  // the peer is well, but does not offer the SMTPUTF8 that is required
};

enum class OutcomeKind {
  kDelivered,
  kTemporary,
  kPermanent,
  kIndefinite,  // the connection broke after the final dot: it may have been delivered
};

struct Outcome {
  OutcomeKind kind = OutcomeKind::kTemporary;
  Reply reply{};            // code 0 when the connection broke
  std::string reason{};     // "550 5.1.1 no such user", "Connection closed unexpectedly"
  bool dsn_passed = false;  // the peer offers DSN: from now on it owes the reports of success
};

/// Gives the body piece by piece: CRLF line ends, not dot-stuffed; an empty piece is the end.
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual awaitable<std::string> next() = 0;
};

/// RFC 3461 parameters are kept as they came, in every letter; empty: absent.
struct OutgoingRecipient {
  OutgoingRecipient(std::string a) : address(std::move(a)) {}
  OutgoingRecipient(const char* a) : address(a) {}
  std::string address;
  std::string notify, orcpt;
};

struct OutgoingMessage {
  std::string sender;
  std::vector<OutgoingRecipient> recipients;
  std::uint64_t size = 0;
  bool body_8bit = false;
  bool utf8 = false;  // said where it is offered; addresses beyond ASCII go nowhere else
  std::string ret{}, envid{};
};

class ClientSession {
 public:
  /// Takes the connected stream. Must live in a coroutine frame.
  ClientSession(world::World& world, std::unique_ptr<world::Stream> stream, ClientOptions options);
  ~ClientSession();

  /// Banner, EHLO (HELO if refused), STARTTLS when offered and wanted, EHLO, AUTH when there is a
  /// log-in. Nothing when ready.
  awaitable<std::optional<NotReady>> start();
  /// One transaction; outcomes in the order of the recipients. Never throws for what the peer does.
  awaitable<std::vector<Outcome>> send(OutgoingMessage message, BodySource& body);
  /// True while another message may be sent over this connection.
  bool usable() const;
  bool secure() const;
  /// Says QUIT while somebody listens. How the session ended: "quit", "disconnect", "timeout",
  /// "io-error: …".
  awaitable<std::string> quit();

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

/// Connects within the time limit, from `source` if that is an address of ours; unspecified, it is
/// the system's choice. Throws std::system_error (timed_out when the limit ended it).
awaitable<std::unique_ptr<world::Stream>> connect_within(world::World& world, world::Endpoint peer,
                                                         Duration limit,
                                                         world::Address source = {});

}  // namespace mxlab::smtp
