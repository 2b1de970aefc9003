// config.hpp - a checked smtpd.conf, as values.
//
// Everything that names something else (a table, a filter, an action, a pki) has been resolved:
// who holds a Config need not look anything up that could be missing.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "relay/world/address.hpp"
#include "relay/world/time.hpp"

namespace mxlab::config {

using world::Duration;

/// A set of values, or of key = value pairs; inline, or read from a file. Contents are kept as
/// written; `matches` knows addresses, networks, domains and wildcards as table(5) does.
class Table;
using TableRef = std::shared_ptr<const Table>;

/// "src", "rdns", "helo" …: a table, or a regular expression table; possibly negated.
struct Condition {
  bool negated = false;
  bool regex = false;
  TableRef table;  // null: the bare word (rdns, fcrdns, auth): is there one at all?
};

// --- filters ------------------------------------------------------------------------------------

enum class Phase { kConnect, kHelo, kEhlo, kMailFrom, kRcptTo, kData, kCommit };
enum class FilterSubject { kAlways, kFcrdns, kRdns, kSrc, kHelo, kAuth, kMailFrom, kRcptTo };
enum class FilterAction { kReject, kDisconnect, kRewrite, kReport, kJunk, kBypass };

struct Filter {
  std::string name;
  Phase phase = Phase::kConnect;
  FilterSubject subject = FilterSubject::kAlways;
  Condition condition;
  FilterAction action = FilterAction::kReject;
  std::string text;  // reply text, rewritten value (a mailbox without brackets) or report
};
/// The client gets `text` as its reply; all other filters mark, rewrite, report or let pass.
inline bool refuses(const Filter& filter) {
  return filter.action == FilterAction::kReject || filter.action == FilterAction::kDisconnect;
}
/// A chain, flattened: evaluated in order, the first that decides wins.
using FilterChain = std::vector<std::shared_ptr<const Filter>>;

// --- listeners ----------------------------------------------------------------------------------

struct Pki {
  std::string name, certificate_file, key_file;
  bool dhe = false;  // dhe auto, dhe legacy: finite-field Diffie-Hellman is offered as well
};

/// ca NAME cert FILE: whom we trust when we verify; empty file: the system's own store.
struct Ca {
  std::string name, certificate_file;
};

/// What of TLS a listener or an action is particular about; empty: our own choice.
struct TlsTuning {
  std::string ciphers, protocols;  // OpenSSL cipher list; parse_tls_versions() reads the latter
};

enum class ListenTls { kNone, kOffered, kRequired, kImplicit };
enum class ListenAuth { kNone, kOptional, kRequired };

struct Listen {
  bool socket = false;            // listen on socket: local submission
  std::string interface;          // as written: "egress", "192.0.2.1", "lo0"; empty for socket
  std::optional<bool> only_ipv6;  // inet4 / inet6
  std::uint16_t port = 25;
  ListenTls tls = ListenTls::kNone;
  bool verify_client = false;  // tls-require verify, smtps verify: a certificate is demanded
  std::vector<Pki> pki;        // the first is the default, SNI chooses among them
  std::string ca;              // in Config::ca; empty: the system's own store
  TlsTuning tuning;
  ListenAuth auth = ListenAuth::kNone;
  TableRef credentials;  // auth <table>: user = crypt(3) hash; null: none can log in
  FilterChain filters;
  std::string hostname;  // empty: the server's name
  TableRef hostnames;    // local address = host name; wins over `hostname`
  std::string tag;
  bool mask_source = false;    // mask-src: no client address in Received
  bool no_dsn = false;         // DSN is not offered (RFC 3461)
  bool proxy_v2 = false;       // the client's address comes in a PROXY v2 header
  bool received_auth = false;  // Received names the authenticated user
  TableRef senders;            // user = addresses that this user may send as; null: any
  bool masquerade = false;     // senders … masquerade: the From header is made to agree
};

// --- actions ------------------------------------------------------------------------------------

enum class Method { kRelay, kMbox, kMaildir, kLmtp, kExpandOnly, kForwardOnly };

enum class RelayProtocol { kSmtp, kSmtps, kLmtp };
/// How sure of the peer we want to be: as it comes (RFC 7435), never, encrypted, verified.
enum class RelayTls { kOpportunistic, kNever, kRequired, kVerified };

/// `[proto://[label@]host[:port]` of smtpd.conf(5), read.
struct RelayUrl {
  RelayProtocol protocol = RelayProtocol::kSmtp;
  RelayTls tls = RelayTls::kOpportunistic;
  std::string label;  // the key of our log-in in Action::credentials; may be empty
  std::string host;   // a name (not its MX), or an address literal without brackets
  std::uint16_t port = 25;
  bool operator==(const RelayUrl&) const = default;
};
/// Reads a URL; or says what is wrong with it.
std::variant<RelayUrl, std::string> parse_relay_url(std::string_view text);

struct Action {
  std::string name;
  Method method = Method::kRelay;
  std::optional<Duration> ttl;

  // relay
  bool backup = false;
  std::string backup_mx;              // backup mx NAME; empty: the listener's host name
  std::vector<RelayUrl> hosts;        // host URL|<table>: tried in an order of chance; empty: MX
  TableRef domains;                   // domain <table>: recipient's domain = URL; null: MX
  TableRef credentials;               // auth <table>: label = user:password
  std::string helo;                   // empty: the server's name
  TableRef helo_by_source;            // helo-src <table>: our address = HELO name
  std::vector<std::string> sources;   // src ADDR|<table>: our addresses; empty: any
  TableRef host_table, source_table;  // what `hosts` and `sources` were read from
  std::string mail_from;              // mail-from: user@domain, @domain or user; "": as it is
  std::string pki, ca;                // in Config::pki, Config::ca; empty: none, the system's
  std::optional<RelayTls> tls;        // tls, tls no-verify; absent: as each URL says
  TlsTuning tuning;
  bool srs = false;

  // local
  TableRef aliases;
  TableRef virtuals;            // virtual <table>; excludes aliases
  TableRef userbase;            // user = uid:gid:home; null: the system's accounts
  std::string user;             // delivers as this user, whoever the recipient is
  std::string maildir;          // maildir PATH with its %{…}; empty: ~/Maildir
  bool junk = false;            // maildir junk: what is marked as spam goes to .Junk
  std::string lmtp;             // path of a socket, or host:port
  bool lmtp_recipient = false;  // rcpt-to: RCPT names the recipient, not the user
};

// --- rules --------------------------------------------------------------------------------------

struct Rule {
  enum class From { kAny, kLocal, kSocket, kSource, kRdns, kAuth, kMailFrom };
  enum class For { kAny, kLocal, kDomain, kRecipient };
  From from = From::kLocal;
  Condition from_condition;
  For target = For::kLocal;
  Condition target_condition;
  // transaction options; a table each when present
  std::optional<Condition> auth, helo, mail_from, rcpt_to, tag, tls;
  bool reject = false;
  std::string action;  // exists in Config::actions unless reject
  int line = 0;
};

/// What a rule may look at.
struct Transaction {
  bool socket = false;  // came by listen on socket (or is our own report)
  std::optional<world::Address> source;
  std::string rdns;     // empty: none
  bool fcrdns = false;  // forward-confirmed
  std::string user;     // authenticated as
  std::string helo, sender, recipient, tag;
  bool tls = false;
  bool own_address = false;  // the source is an address of this host ("local", as the loopback is)
};

/// mta limit [for domain D] KEY N; the defaults are OpenSMTPD's (limit.c).
struct MtaLimits {
  std::uint32_t per_host = 10, per_route = 5, per_source = 100, per_connector = 20;
  std::uint32_t per_relay = 100, per_domain = 100;
  Duration delay_host{}, delay_route = std::chrono::seconds(5), delay_source{};
  Duration delay_connector{}, delay_relay = std::chrono::seconds(2), delay_domain{};
  Duration reconnect_route = std::chrono::seconds(3);
  std::uint32_t session_mails = 100;
  Duration transaction_delay{}, keepalive = std::chrono::seconds(10);
  std::uint32_t failures_per_session = 25;
  std::optional<bool> only_ipv6;  // inet4, inet6
};

/// srs key, srs key backup, srs ttl: the sender rewriting scheme's secrets.
struct Srs {
  std::string key, backup_key;
  Duration ttl = std::chrono::days(4);
};

struct Config {
  std::map<std::string, Action> actions;
  std::vector<Listen> listeners;  // a listen on socket is always among them
  std::vector<Rule> rules;
  std::map<std::string, TableRef> tables;
  std::map<std::string, Pki> pki;
  std::map<std::string, Ca> ca;
  Srs srs;
  std::string admd;               // authserv-id; empty: the server's name
  std::string sub_address = "+";  // smtp sub-addr-delim
  std::string smtp_ciphers;       // smtp ciphers; empty: our own choice

  Duration queue_ttl = std::chrono::days(4);
  std::vector<Duration> warn_intervals{std::chrono::hours(4)};  // bounce warn-interval
  std::uint64_t max_message_size = 35ull * 1024 * 1024;
  std::size_t max_mails = 100;             // smtp limit max-mails, per session
  std::size_t max_rcpt = 1000;             // smtp limit max-rcpt, per message
  std::size_t max_deferred = 100;          // mta max-deferred
  std::optional<Duration> recovery_probe;  // mta recovery-probe; absent: off, as OpenSMTPD is
  MtaLimits mta_limits;
  std::map<std::string, MtaLimits> mta_limits_for;  // by domain, in lower case
  std::size_t max_inflight = 5000;                  // scheduler limit max-inflight
};

/// First rule that matches; null: none, the recipient is refused. `server_name` and the local
/// domains ("localhost", the server's name) decide what "local" means.
const Rule* match(const Config& config, const Transaction& transaction,
                  std::string_view server_name);

/// The first filter of the chain in this phase that holds and decides: one that refuses, rewrites
/// the phase's argument, junks the message, or lets it bypass the rest of the chain; null: none.
/// `report` decides nothing.
const Filter* apply(const FilterChain& chain, Phase phase, const Transaction& transaction);

/// The `report` filters that hold in this phase, up to the one that decides.
std::vector<const Filter*> reports(const FilterChain& chain, Phase phase,
                                   const Transaction& transaction);

// --- reading ------------------------------------------------------------------------------------

/// One mistake, with what a person needs to mend it.
struct Diagnostic {
  std::string file;
  int line = 0, column = 0;  // from 1
  std::string message;       // "no such table: domians"
  std::string source_line;   // the text of that line
  int width = 1;             // how much the caret underlines
  std::string hint;          // "did you mean \"domains\"?"; may be empty
  bool warning = false;      // does not make the file wrong
};

/// "smtpd.conf:12:7: no such table: domians" + the line + carets + the hint.
std::string format(const Diagnostic& diagnostic);

/// Gives a file's text (include, table files); throws std::system_error. The caller decides where
/// files live.
class FileReader {
 public:
  virtual ~FileReader() = default;
  virtual std::string read(const std::string& path) const = 0;
};

struct ParseOptions {
  std::map<std::string, std::string> defines;  // -D name=value
};

struct ParseResult {
  std::optional<Config> config;  // absent when there is any error
  std::vector<Diagnostic> diagnostics;
};

/// Parses and checks. Finds every mistake it can in one go, never throws for what a file says.
ParseResult parse(const std::string& file_name, const FileReader& files,
                  const ParseOptions& options = {});

struct TableUpdate {
  std::shared_ptr<const Config> config;  // null when there is any error
  std::vector<Diagnostic> diagnostics;
};

/// The same configuration with the table `name` read anew from its file, and checked for every use
/// that is made of it; `config` itself stays as it is. Never throws for what a file says.
TableUpdate with_table(const Config& config, const std::string& name, const FileReader& files);

}  // namespace mxlab::config
