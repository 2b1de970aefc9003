// scenario.hpp - a scenario as values: who takes part, what is done when, what must be true.
//
// Read from YAML by parse(); everything in it has been checked: hosts exist, times are possible,
// words are known. Each part keeps its place in the file so that whoever fails can point at it.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "relay/world/address.hpp"
#include "relay/world/time.hpp"

namespace mxlab::scenario {

using world::Duration;

/// Where in the file something stands; from 1.
struct Place {
  int line = 0, column = 0, width = 1;
};

// --- who takes part ------------------------------------------------------------------------------

enum class Role { kSender, kPrimary, kRelay, kClient };

/// What plays a host on real wires. The simulation has an actor or the real relay in its place.
enum class Kind { kActor, kMxrelayd, kOpensmtpd, kPostfix, kExim };

struct HostSpec {
  std::string name;
  Role role = Role::kSender;
  Kind kind = Kind::kActor;               // kMxrelayd for relays, unless the scenario says it
  std::vector<world::Address> addresses;  // given, or drawn: 192.0.2.10, .11, … (.53 is left free)
  std::string profile = "opensmtpd";      // sender: like
  std::string config_file;                // relay: path relative to the scenario; or …
  std::string config_text;    // … the inline text (config_file is then the scenario's)
  int config_first_line = 0;  // where the inline text begins, and
  int config_indent = 0;      // how many columns YAML took away from each of its lines
  std::map<std::string, std::string> files;       // path -> text on the relay's disk
  bool tls = true;                                // sender, primary: offers and takes STARTTLS
  bool certificate_expired = false;               // … with a certificate whose time is over
  bool reverse_name = true;                       // a PTR is added for its addresses
  Duration keepalive = std::chrono::seconds(10);  // sender: how long it lingers after the last mail
  bool starts = true;                             // false: is down until `start`
  std::optional<Duration> restarts;  // relay: a supervisor starts it again, so long after it failed
  Place place;
};

struct NetworkSpec {
  Duration latency_min = std::chrono::microseconds(200), latency_max = std::chrono::milliseconds(2);
  std::uint64_t rate = 0;    // bytes a second from one host to another; 0: no limit
  double datagram_loss = 0;  // share of datagrams lost
  double datagram_duplicates = 0;
  Duration disk_latency = std::chrono::microseconds(500);
  bool split_writes = true;    // writes arrive in pieces
  double connection_loss = 0;  // share of TCP segments with which their connection ends
};

/// "example.org" + "MX 10 mail.example.org"; written "60 MX 10 …" it has a TTL. Names are complete,
/// with or without a dot at the end.
struct Record {
  std::string name, text;
  Place place;
  std::optional<std::uint32_t> ttl;
};

// --- what is done --------------------------------------------------------------------------------

struct Send {
  std::string via;   // the host that sends; empty: the only sender
  std::string from;  // empty: the null sender
  std::vector<std::string> to;
  std::string subject, body;  // defaults are made
  std::vector<std::pair<std::string, std::string>> headers;
  std::uint64_t size = 0;   // pads the body to this many bytes
  std::uint32_t count = 1;  // so many messages …
  Duration every{};         // … this far apart
};

enum class HostVerb {
  kPause,
  kResume,  // smtp (default), mta or mda: smtpctl pause / resume
  kStop,
  kStart,
  kRestart,  // orderly; the kernel answers RST meanwhile
  kKill,
  kCrash,  // kill -9; power cut
  kBlackhole,
  kReject,
  kProhibit,
  kUnreachable,  // what the network does to packets for the host
  kHeal,         // all network faults of the host (or between `from` and it) end
  kSchedule,     // smtpctl schedule all
  kFull,
  kEmpty,  // the disk: no space left / space again
};

struct HostAction {
  HostVerb verb;
  std::string host;
  std::string what = "smtp";  // pause, resume: smtp | mta | mda
  std::string from;           // network faults: only from this host; empty: all
};

/// A power cut, or kill -9, at the very moment at which the relay does this the next time.
enum class Mark {
  kAccepted,   // mail is in the queue, and its 250 not yet sent
  kAnswered,   // that 250 is on its way
  kAttempt,    // a delivery begins
  kDelivered,  // the next hop has taken the mail, and that is recorded
  kDeferred,
  kRefused,
  kExpired,
  kReported,  // a report of ours is queued
};
struct Strike {
  HostVerb verb;  // kKill or kCrash
  std::string host;
  Mark mark;
};

/// How often an answer is given; without one, until the scenario says otherwise.
struct AnswerLimit {
  std::uint32_t times = 0;   // so many times, then all is normal; 0: no end
  std::uint32_t beyond = 0;  // a rate limit: only to what comes after so many …
  Duration within{};         // … in this time
};

/// What an actor answers from now on at one point of the dialogue. "mail.example.org: normal" is
/// read as one Answer "normal" for every point.
struct Answer {
  std::string host;
  std::string at;     // connect ehlo helo starttls mail rcpt data dot
  std::string reply;  // "451 4.3.0 later", "close", "silence", "normal"
  std::string to;     // rcpt: only this recipient; empty: all
  AnswerLimit limit{};
};

struct Slow {  // every reply of the actor takes this long
  std::string host;
  Duration delay{};
};

struct DnsChange {  // the records of this name become these; none: the name is gone
  std::string name;
  std::vector<Record> records;
};

struct DnsLie {  // servfail refused silence wrong-id malformed truncated empty delay truth
  std::string name, type;  // type empty: all
  std::string lie;
  Duration delay{};
};

struct DiskFault {
  std::string host;
  std::string error;        // "EIO" | "ENOSPC"
  std::uint32_t calls = 1;  // so many calls fail, from the next one on
};

struct ClockStep {  // the host's wall clock jumps
  std::string host;
  Duration by{};
};

/// A scripted client speaks to a host line by line.
struct Dialogue {
  std::string from, to;
  std::uint16_t port = 25;
  std::vector<std::string> say;   // CRLF is added unless the text itself ends in CR or LF, as a
                                  // double-quoted YAML text can: "DATA\n"
  std::vector<std::string> hear;  // expected beginnings of the replies, in order, banner first
};

struct Note {
  std::string text;
};

using ActionValue = std::variant<Send, HostAction, Strike, Answer, Slow, DnsChange, DnsLie,
                                 DiskFault, ClockStep, Dialogue, Note>;
struct Action {
  ActionValue value;
  Place place;
};

// --- what must be true ---------------------------------------------------------------------------

/// A number that is expected: 3, "+1" (change since the previous step, or since `since`),
/// "at least 1" or ">= 1", "at most 3" or "<= 3", "1..3", "1 at 301.0s", "1 at 301.0s +- 0.2s".
struct Expected {
  std::int64_t low = 0, high = 0;  // inclusive
  bool change = false;
  std::optional<Duration> at;  // the value was reached at this scenario time
  Duration tolerance{};
  std::string text;  // as written
  Place place;
};

/// The thirteen of smtpctl monitor, in its order: client.curr client.conn client.disc
/// envelope.curr envelope.enq envelope.deq ok tmpfail prmfail loop expire remove bounce.
inline constexpr int kCounters = 13;
extern const char* const kCounterNames[kCounters];

struct CounterExpectation {
  int counter = 0;
  Expected expected;
};

/// A row of smtpctl show queue; only the fields that are given count.
struct QueueRow {
  std::optional<std::string> kind, from, to, state, flags, source;
  std::optional<Expected> retry, seconds;
  std::optional<std::string> error;  // contained in the last field
  Place place;
};
struct QueueExpectation {
  std::optional<Expected> count;
  std::vector<QueueRow> rows;  // exactly these, in any order, when given
  bool has_rows = false;
  Place place;
};

struct MessageExpectation {
  std::optional<std::string> from, subject, contains, lacks;
  std::map<std::string, std::string> headers;  // contained in the header's value
  std::optional<Expected> received;            // number of Received headers
  Place place;
};
struct MailboxExpectation {
  std::string mailbox;  // user@domain
  std::optional<Expected> count;
  std::vector<MessageExpectation> messages;  // in order of arrival
  Place place;
};

struct MonitorExpectation {  // the latest rows of the host's monitor, one a second
  struct Row {
    std::array<std::int64_t, kCounters> values{};
    std::uint32_t times = 1;  // "9x 1 0 0 | 1 0 0 | …"
    Place place;
  };
  std::vector<Row> rows;
};

struct QuestionExpectation {  // DNS questions that the host has asked so far
  std::string name, type;
  Expected count;
};

struct AttemptsExpectation {  // starts of attempts, since the envelope's creation there
  std::vector<Duration> at;
  Duration tolerance{};
  Place place;
};

struct LogExpectation {
  std::string contains;
  bool absent = false;
  Place place;
};

struct HostExpectation {
  std::string host;
  std::vector<CounterExpectation> counters;
  std::optional<QueueExpectation> queue;
  std::vector<MailboxExpectation> mailboxes;
  std::optional<MonitorExpectation> monitor;
  std::vector<QuestionExpectation> questions;
  std::optional<AttemptsExpectation> attempts;
  std::vector<LogExpectation> log;
  Place place;
};

// --- on real wires -------------------------------------------------------------------------------

struct LiveSpec {
  std::string skip;                              // why it is only simulated; empty: it is not
  Duration tolerance = std::chrono::seconds(1);  // how far times may be off, beside their own
  std::map<std::string, std::string> config;     // host -> lines added to its configuration
  unsigned speed = 1;  // so many times as fast go all clocks of the hosts; the tolerance is real
  /// Where a live run differs from the simulation by its nature: host -> what -> why. `what` is one
  /// of words::kAspects.
  std::map<std::string, std::map<std::string, std::string>> differs;
};

// --- when ----------------------------------------------------------------------------------------

struct Step {
  std::string name;  // for `since:`; may be empty
  // Exactly one of the three says when; `after` 0 s when none is given.
  std::optional<Duration> at;         // since the start of the scenario
  std::optional<Duration> after;      // since the step before
  std::vector<HostExpectation> when;  // as soon as all of this is true …
  Duration when_within{};       // … but no later than this after the step before (`within:`)
  std::vector<Action> actions;  // in the order of the file, done before `expect` is asked
  std::vector<HostExpectation> expect;
  std::optional<Duration> within;  // eventually, within this time; then the story goes on
  std::optional<Duration> stays;   // and stays true for this long
  std::string since;               // "+1" counts from before that step, an earlier one's name
  std::string explain;
  Place place;
};

enum class Never { kBounce, kExpire, kDeliveredTwice, kLoop, kTemporaryFailure };

struct Scenario {
  std::string file;  // as given on the command line
  std::string text;  // the whole file, for messages and reports
  std::string name, group, explain, learn;
  std::uint64_t seed = 1;
  std::vector<Record> dns;
  std::string zone;             // or a part of a zone file, and
  int zone_first_line = 0;      // where its text begins
  std::vector<HostSpec> hosts;  // in the order of the file
  NetworkSpec network;
  std::vector<Step> steps;
  std::vector<std::pair<Never, Place>> never;
  std::vector<HostExpectation> always;  // after every step of the simulation
  /// How long the queues may take to drain then: mail for 4 days, and its report for 7 more.
  Duration heal_within = std::chrono::days(12);
  bool heal = true;              // false: the story ends with its last step
  bool invariants_only = false;  // the story was drawn: only the promises of every run count
  LiveSpec live;
};

// --- reading -------------------------------------------------------------------------------------

struct Diagnostic {
  std::string file;
  Place place;
  std::string message, source_line, hint;
};
/// "exp.yaml:12:7: unknown key: stpes" + the line + carets + the hint.
std::string format(const Diagnostic& diagnostic);

struct ParseResult {
  std::optional<Scenario> scenario;  // absent when there is any error
  std::vector<Diagnostic> diagnostics;
};
ParseResult parse(const std::string& file_name, const std::string& text);

}  // namespace mxlab::scenario
