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
  std::string text;  // reply text, rewritten value or report
};
/// A chain, flattened: evaluated in order, the first refusal wins.
using FilterChain = std::vector<std::shared_ptr<const Filter>>;

// --- listeners ----------------------------------------------------------------------------------

struct Pki {
  std::string name, certificate_file, key_file;
};

enum class ListenTls { kNone, kOffered, kRequired, kImplicit };
enum class ListenAuth { kNone, kOptional, kRequired };

struct Listen {
  bool socket = false;            // listen on socket: local submission
  std::string interface;          // as written: "egress", "192.0.2.1", "lo0"; empty for socket
  std::optional<bool> only_ipv6;  // inet4 / inet6
  std::uint16_t port = 25;
  ListenTls tls = ListenTls::kNone;
  std::vector<Pki> pki;
  ListenAuth auth = ListenAuth::kNone;
  FilterChain filters;
  std::string hostname;  // empty: the server's name
  std::string tag;
};

// --- actions ------------------------------------------------------------------------------------

enum class Method { kRelay, kMbox, kMaildir, kLmtp, kExpandOnly, kForwardOnly };

struct Action {
  std::string name;
  Method method = Method::kRelay;
  // relay
  bool backup = false;
  std::string backup_mx;  // backup mx NAME; empty: the listener's host name
  std::string helo;       // empty: the server's name
  // local
  TableRef aliases;
  std::optional<Duration> ttl;
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

struct Config {
  std::map<std::string, Action> actions;
  std::vector<Listen> listeners;  // a listen on socket is always among them
  std::vector<Rule> rules;
  std::map<std::string, TableRef> tables;
  std::map<std::string, Pki> pki;

  Duration queue_ttl = std::chrono::days(4);
  std::vector<Duration> warn_intervals{std::chrono::hours(4)};  // bounce warn-interval
  std::uint64_t max_message_size = 35ull * 1024 * 1024;
  std::size_t max_mails = 100;     // smtp limit max-mails, per session
  std::size_t max_rcpt = 1000;     // smtp limit max-rcpt, per message
  std::size_t max_deferred = 100;  // mta max-deferred
};

/// First rule that matches; null: none, the recipient is refused. `server_name` and the local
/// domains ("localhost", the server's name) decide what "local" means.
const Rule* match(const Config& config, const Transaction& transaction,
                  std::string_view server_name);

/// The first filter of the chain in this phase that refuses or acts; null: none.
const Filter* apply(const FilterChain& chain, Phase phase, const Transaction& transaction);

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

}  // namespace mxlab::config
