// mta.hpp - somebody else's mail system as a role of the lab: what is written for it, how it is
// started and asked, and what its log says in our words. Nothing here runs anything; mta_process
// does.
//
// Each runs in a root of its own that scripts/fetch-mtas has made; paths and words below are as
// seen in there. Mail for its mailboxes goes into one Maildir, kMaildir, whatever the system.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/control/texts.hpp"
#include "relay/world/address.hpp"
#include "relay/world/journal.hpp"
#include "relay/world/time.hpp"
#include "sim/actors/certificate.hpp"
#include "sim/actors/station.hpp"
#include "sim/scenario/scenario.hpp"

namespace mxlab::sim::live {

using scenario::Kind;
using world::Address;

/// What such a host is to do.
struct MtaHost {
  Kind kind = Kind::kPostfix;
  scenario::Role role = scenario::Role::kRelay;  // sender, primary or relay
  std::string name;
  std::vector<Address> addresses;
  std::vector<std::string> domains;        // relay: it is their backup; else it has their mailboxes
  std::vector<std::string> mailboxes;      // user@domain; empty: everybody in the domains
  std::optional<Certificate> certificate;  // absent: no TLS is offered
  std::string config;  // OpenSMTPD: its smtpd.conf instead of one of ours, and the files it reads
  std::map<std::string, std::string> files;
  std::string extra;  // lines added to the configuration
  /// Between attempts; zero: as Debian ships it. OpenSMTPD cannot be told (400 s times n squared).
  world::Duration retry{};
};

inline constexpr const char* kMaildir = "/var/mail/in";

/// A file or directory in its root.
struct MtaFile {
  enum class Type { kFile, kDirectory, kFifo };
  std::string path, text;
  unsigned mode = 0644;
  unsigned user = 0, group = 0;
  Type type = Type::kFile;
};

using Words = std::vector<std::string>;
using Told = std::function<void(const world::Fact&)>;

/// How smtp, mta or mda is paused: by a command, or by stopping processes; or that it cannot be.
struct Pausing {
  Words words;                         // the command; or …
  bool daemon = false;                 // … SIGSTOP, SIGCONT to the process that was started,
  std::vector<std::string> processes;  // and to those of these names; or …
  std::string refusal;                 // … why not
};

class Mta {
 public:
  virtual ~Mta() = default;

  /// All that is written before its first start.
  virtual std::vector<MtaFile> files() const = 0;
  /// Stays in the foreground.
  virtual Words start() const = 0;
  /// The letter on standard input, with LF line ends.
  virtual Words submit(const Letter& letter) const = 0;
  /// smtpctl schedule all.
  virtual Words schedule() const = 0;
  virtual Pausing pausing(const std::string& part, bool paused) const = 0;
  virtual Words queue() const = 0;
  /// What that command printed. Names of envelopes are its own, "MESSAGE/RECIPIENT" where it has
  /// names for messages only.
  virtual std::vector<control::QueueRow> rows(const std::string& printed) const = 0;
  /// What it delivers gets header lines first; the one with the mailbox.
  virtual std::string_view mailbox_header() const = 0;
  /// A FIFO in which it writes its log; empty: standard output and error.
  virtual std::string log() const { return {}; }

  // --- its log ---
  /// A life begins. `rows`: what was in its queue then.
  virtual void begin(const std::vector<control::QueueRow>& rows, const Told& told) = 0;
  /// One line: counters, the lives of envelopes. The line itself is told by the caller.
  virtual void read(std::string_view line, const Told& told) = 0;
  /// Too much for those who read its log: only for read().
  virtual bool is_detail(std::string_view) const { return false; }
  /// This line says that it listens.
  virtual bool serves(std::string_view line) const = 0;
};

/// Opensmtpd, Postfix or Exim, by its kind.
std::unique_ptr<Mta> make_mta(MtaHost host);
std::unique_ptr<Mta> make_opensmtpd(MtaHost host);
std::unique_ptr<Mta> make_postfix(MtaHost host);
std::unique_ptr<Mta> make_exim(MtaHost host);

/// "postfix", as scenarios and roots are called.
std::string_view mta_name(Kind kind);
bool is_mta(Kind kind);

/// A host of a scenario; `mx`: for each domain the preference of each of our hosts.
using MxHosts = std::map<std::string, std::map<std::string, std::uint16_t>>;
MtaHost mta_host(const scenario::Scenario& scenario, const scenario::HostSpec& spec,
                 const MxHosts& mx);

}  // namespace mxlab::sim::live
