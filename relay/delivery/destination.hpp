// destination.hpp - one burst of work towards one domain: its route, its connections, its tasks.
//
// A destination lives while it has work or an open session. It gathers the facts (MX, addresses, or
// the hosts that the configuration names), lets route() decide, connects host by host, and hands
// every outcome to the recorder. A host is left for the next one only while its session is not
// ready; after that its answers decide.
//
// Hosts are tried strictly one after another, and one that has failed is not tried again before
// all others were: however long a better host hangs, and however soon its penalty runs out, the
// third MX is reached when the first two have failed once. (OpenSMTPD goes back to a better host
// as soon as its 15 s are over, and so reaches the third by luck.)
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "relay/delivery/pace.hpp"
#include "relay/delivery/recorder.hpp"
#include "relay/delivery/recovery.hpp"
#include "relay/delivery/route.hpp"
#include "relay/delivery/way.hpp"
#include "relay/smtp/client_session.hpp"

namespace mxlab::delivery {

/// One message for one destination: a transaction with a recipient for each envelope.
struct Task {
  queue::MessageId message = 0;
  std::string sender;  // as the next hop shall see it
  std::vector<Envelope> envelopes;
  bool returned = false;       // came back once because a reused connection had died
  world::SteadyPoint since{};  // when it came to its destination
};

class Destination {
 public:
  Destination(Context& context, Recorder& recorder, Way way);

  void add(Task task);
  bool idle() const { return tasks_.empty() && sessions_ == 0; }
  /// Works until there is nothing left to do; the caller spawns it and keeps no reference.
  static awaitable<void> run(std::shared_ptr<Destination> self);
  /// Called with envelopes that may be tried again because this domain has answered.
  using Revived = std::function<void(std::vector<queue::EnvelopeId>)>;
  void on_revived(Revived revived) { revived_ = std::move(revived); }
  /// Who wants to know that a backup's primary is lost, or found again.
  void report_to(Recovery& recovery) { recovery_ = &recovery; }

  /// The relay ends: what has not begun stays in the queue, and sessions leave after their mail.
  void stop();
  /// The operator has freed a route, or has blocked or unblocked one: look again.
  void reconsider();
  RelaySnapshot describe() const;

 private:
  /// What one session has sent and the queue has not recorded yet.
  struct Ledger {
    explicit Ledger(world::Clock& clock) : changed(clock) {}
    std::size_t open = 0;
    world::Signal changed;
  };
  /// A session that is ready for MAIL.
  struct Connected {
    std::unique_ptr<smtp::ClientSession> client;
    std::string session;  // 16 hex digits
    std::string source;   // our address
    std::shared_ptr<Ledger> ledger;
    std::size_t mails = 0, failures = 0;
    bool rested = false;  // it was idle since it got ready: the peer may have left meanwhile
  };
  /// Why an attempt came to nothing.
  enum class Trouble {
    kHost,        // the host is down, or refuses us
    kTls,         // the handshake broke where TLS was only welcome
    kUnroutable,  // no way from here to such an address
    kLacksUtf8,   // it is well, but not for this mail
  };
  struct Attempt {
    std::optional<Connected> connected;
    Trouble trouble = Trouble::kHost;
    std::string reason;  // empty: connected
    bool spoke = false;  // the peer said no in a reply
  };
  using Place = std::pair<world::Address, world::Address>;  // our address, the peer's

  /// What holds from one gathering of the facts to the next.
  struct Round {
    Route route;
    world::SteadyPoint since{};
    std::set<Place> failed;                           // before their session was ready
    std::map<world::Address, std::uint32_t> ceiling;  // connections beyond which a peer refused
    bool answered = false;                            // some session got ready
    bool only_utf8_lacking = true;                    // all that failed did so for that
    std::string last_trouble;
  };

  // destination.cpp: facts, route, the end
  awaitable<bool> find_route();
  bool needs_facts() const;
  bool wants_session() const;
  world::SteadyPoint patience_ends() const;
  world::SteadyPoint next_look() const;
  awaitable<void> fail_all(bool permanent, queue::Failure failure);
  awaitable<void> give_up_at_next_tick();
  queue::Failure no_route_left() const;
  bool all_blocked() const;
  void notify_all();
  void count_task(const Task& task, std::int64_t change);
  void give_back();
  const config::MtaLimits& limits() const;

  // connecting.cpp: from a route to a ready session
  static awaitable<void> connect_next(std::shared_ptr<Destination> self);
  std::optional<Hop> pick() const;
  bool usable(const Hop& hop) const;
  bool has_room(const Hop& hop) const;
  world::SteadyPoint route_rests_until(const Hop& hop) const;
  awaitable<void> wait_for_room();
  awaitable<Attempt> connect(Hop hop);
  awaitable<Attempt> open(Hop hop, bool with_tls);
  awaitable<void> dial(Hop hop, smtp::ClientOptions options, Connected& ready, Attempt& attempt);
  std::optional<std::string> prepare(const Hop& hop, bool with_tls, smtp::ClientOptions& options);
  void note_failure(const Hop& hop, const Attempt& attempt);
  void begin_session(const Hop& hop);
  void count_use(const Hop& hop, std::int64_t change);
  void end_session(const Hop& hop);

  // conversation.cpp: what is said over a ready session
  static awaitable<void> converse(std::shared_ptr<Destination> self, Connected connected, Hop hop);
  bool may_go_on(const Connected& connected, const Hop& hop) const;
  awaitable<bool> wait_for_task();
  awaitable<void> transact(Connected& connected, Hop hop);
  awaitable<std::vector<smtp::Outcome>> send(Connected& connected, const Task& task);
  void learn_from(Connected& connected, const Task& task,
                  const std::vector<smtp::Outcome>& outcomes);
  awaitable<void> settle(Connected& connected, std::vector<Result> results);
  static awaitable<void> record(Recorder* recorder, std::shared_ptr<Ledger> ledger,
                                std::vector<Result> results);
  std::vector<Result> results_of(const Task& task, const std::vector<smtp::Outcome>& outcomes,
                                 const Connected& connected, const Hop& hop) const;

  Context& context_;
  Recorder& recorder_;
  Way way_;
  Revived revived_;
  Recovery* recovery_ = nullptr;
  std::deque<Task> tasks_;
  Round round_;
  Pace pace_;
  world::SteadyPoint started_{};
  world::SteadyPoint last_taken_{};             // a session got ready, or took a task
  std::size_t sessions_ = 0;                    // ready ones, working or lingering
  std::map<world::Address, std::size_t> from_;  // of them, by our address
  std::optional<world::SteadyPoint> connecting_since_;
  bool stopping_ = false;
  bool freed_ = false;                // by the operator, while all routes were in penalty
  world::Signal changed_;             // the connector waits here
  std::vector<world::Signal*> idle_;  // where lingering sessions wait, oldest first
};

}  // namespace mxlab::delivery
