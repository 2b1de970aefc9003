// stage.hpp - where a scenario is played: simulated (Lab) or on real processes (live).
//
// One runner and one judge work on this; what differs between the two worlds stays behind it. Hosts
// are known by their number in the scenario. Whatever happens enters the trace, in order; the
// chronicle, the ledger and the invariants read it from there.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/judge/chronicle.hpp"
#include "sim/judge/ledger.hpp"
#include "sim/judge/witness.hpp"
#include "sim/scenario/scenario.hpp"

namespace mxlab::sim {

using HostNumber = std::uint32_t;
using world::Duration;

class Stage {
 public:
  /// Gets a sentence: empty when all went well, else what did not.
  using Told = std::function<void(std::string)>;

  Stage(const scenario::Scenario& scenario, Trace& trace);
  virtual ~Stage() = default;
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // --- time ---
  virtual TimePoint now() const = 0;
  virtual TimePoint start() const = 0;
  Duration elapsed() const { return now() - start(); }
  /// Goes on by one event; false when none came and it is now `limit`.
  virtual bool step(TimePoint limit) = 0;
  /// All that happens until then, and then it is then.
  virtual void run_until(TimePoint end) = 0;
  virtual void at(TimePoint when, std::function<void()> event) = 0;
  /// Called after each event.
  virtual void after_step(std::function<void()> hook) = 0;
  /// How far times may be off from what a scenario expects: nothing on virtual time.
  virtual Duration tolerance() const { return {}; }
  /// How long the stage is willing to wait where a scenario would wait so long.
  virtual Duration patience(Duration wanted) const { return wanted; }

  // --- what happens ---
  Trace& trace() { return trace_; }
  virtual std::uint64_t seed() const { return scenario_.seed; }
  /// Whether asking a host is an event itself, which makes it another story (on virtual time).
  virtual bool asking_counts() const { return false; }
  virtual std::uint64_t network_events() const { return 0; }  // packets that arrived

  // --- hosts ---
  const scenario::Scenario& scenario() const { return scenario_; }
  const scenario::HostSpec& spec(HostNumber host) const { return scenario_.hosts.at(host); }
  HostNumber number_of(const std::string& name) const;
  /// Through whom letters go that do not say it.
  HostNumber only_sender() const;
  virtual bool is_up(HostNumber host) = 0;
  virtual void boot(HostNumber host) = 0;
  virtual void stop(HostNumber host) = 0;   // orderly
  virtual void kill(HostNumber host) = 0;   // kill -9
  virtual void crash(HostNumber host) = 0;  // power cut
  /// The same at a moment of the relay's own work.
  virtual void strike(const scenario::Strike& strike) = 0;
  /// smtpctl pause, resume and schedule all.
  virtual void pause(HostNumber host, const std::string& part, bool paused, Told told) = 0;
  virtual void schedule(HostNumber host, Told told) = 0;
  virtual void set_full(HostNumber host, bool full) = 0;
  /// Why a relay could not start or has ended by itself; empty while all is well.
  virtual std::string fault_of(HostNumber host) = 0;

  // --- faults ---
  /// Blackhole, reject, prohibit, unreachable, heal.
  virtual void network(const scenario::HostAction& action) = 0;
  virtual void answer(const scenario::Answer& answer) = 0;
  virtual void slow(const scenario::Slow& slow) = 0;
  virtual void lie(const scenario::DnsLie& lie) = 0;
  virtual void fail_disk(const scenario::DiskFault& fault) = 0;
  virtual void step_clock(const scenario::ClockStep& step) = 0;
  /// All faults off, everybody up and answering: whatever can arrive must now arrive.
  virtual void heal_everything() = 0;

  // --- DNS ---
  /// These records in place of all that the name has; none: the name is gone.
  virtual void change_dns(const scenario::DnsChange& change) = 0;
  /// For each domain the preference of each of our hosts that has been among its MX hosts.
  using MxHosts = std::map<std::string, std::map<std::string, std::uint16_t>>;
  const MxHosts& mx_hosts() const { return mx_hosts_; }
  /// What stood there before a change; answers that somebody remembers may still say so.
  const std::vector<MxHosts>& former_mx_hosts() const { return former_mx_hosts_; }

  // --- mail ---
  /// Numbers the scenario's letters from 1.
  std::uint32_t next_letter() { return ++letters_; }
  /// Hands a letter in and enters it into the ledger under its token.
  void post(HostNumber host, Letter letter, const std::string& token, Told told);
  /// A letter that is still to be handed in; nothing is drained before all of these are gone.
  using Promised = std::shared_ptr<const int>;
  Promised promise() const { return promised_; }
  /// A scripted client speaks line by line.
  virtual void hold(const scenario::Dialogue& dialogue, Told told) = 0;
  /// All that reached the mailboxes of a host.
  virtual std::vector<Delivered> mail_of(HostNumber host) = 0;
  /// As smtpctl show queue; the stage goes on until the host has answered.
  virtual std::vector<control::QueueRow> rows_of(HostNumber host) = 0;
  /// How many messages lie twice in the same mailbox of an actor.
  std::int64_t copies_too_many();
  /// No host holds mail any more.
  bool drained();
  /// What the ledger is held against, now.
  Evidence evidence();

  Chronicle chronicle;
  Ledger ledger;

 protected:
  virtual void submit(HostNumber host, Letter letter, Told told) = 0;
  /// What an actor's mailboxes hold, which only ever grows between two lives of the stage.
  virtual const std::vector<Delivered>& delivered_to(HostNumber host) = 0;
  /// It has read its queue: its counters tell what it holds.
  virtual bool knows_its_queue(HostNumber host) = 0;
  /// "MX 10 mail.example.org", with the host's own name.
  void note_mx(const scenario::Record& record);
  void forget_mx(const std::string& name);

 private:
  std::set<std::string> domains_of_relays() const;

  const scenario::Scenario& scenario_;
  Trace& trace_;
  MxHosts mx_hosts_;
  std::vector<MxHosts> former_mx_hosts_;
  Witness witness_;
  /// What copies_too_many() has read of each host's mailboxes.
  struct CopyCount {
    std::size_t read = 0;
    std::set<std::pair<std::string, std::string>> seen;  // mailbox, Message-ID
    std::int64_t copies = 0;
  };
  std::vector<CopyCount> copy_counts_;
  Promised promised_ = std::make_shared<const int>();  // one owner more for each promise
  std::uint32_t letters_ = 0;
};

}  // namespace mxlab::sim
