// destination.hpp - one burst of work towards one domain: its route, its connections, its tasks.
//
// A destination lives while it has work or an open session. It gathers the facts (MX, addresses),
// lets route() decide, connects host by host, and hands every outcome to the recorder. A host is
// left for the next one only while its session is not ready; after that its answers decide.
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

#include "relay/delivery/context.hpp"
#include "relay/delivery/recorder.hpp"
#include "relay/delivery/route.hpp"
#include "relay/smtp/client_session.hpp"

namespace mxlab::delivery {

/// One message for one destination: a transaction with a recipient for each envelope.
struct Task {
  queue::MessageId message = 0;
  std::string sender;
  std::vector<Envelope> envelopes;
  bool returned = false;       // came back once because a reused connection had died
  world::SteadyPoint since{};  // when it came to its destination
};

/// Envelopes with the same key share routes and connections.
struct DestinationKey {
  std::string domain, helo, own_name;
  bool backup = false;
  auto operator<=>(const DestinationKey&) const = default;
};

class Destination {
 public:
  Destination(Context& context, Recorder& recorder, DestinationKey key);

  void add(Task task);
  bool idle() const { return tasks_.empty() && sessions_ == 0; }
  /// Works until there is nothing left to do; the caller spawns it and keeps no reference.
  static awaitable<void> run(std::shared_ptr<Destination> self);
  /// Called with envelopes that may be tried again because this domain has answered.
  using Revived = std::function<void(std::vector<queue::EnvelopeId>)>;
  void on_revived(Revived revived) { revived_ = std::move(revived); }

 private:
  /// A session that is ready for MAIL.
  struct Connected {
    std::unique_ptr<smtp::ClientSession> client;
    std::string session;  // 16 hex digits
    std::string source;   // our address
    std::size_t mails = 0;
    bool rested = false;  // it was idle since it got ready: the peer may have left meanwhile
  };
  struct Attempt {
    std::optional<Connected> connected;
    bool tls_failed = false;
  };

  /// What holds from one gathering of the facts to the next.
  struct Round {
    Route route;
    world::SteadyPoint since{};
    std::set<world::Address> failed;                  // before their session was ready
    std::map<world::Address, std::uint32_t> ceiling;  // connections beyond which a peer refused
    bool answered = false;                            // some session got ready
  };

  // destination.cpp: facts, route, connections
  awaitable<RouteFacts> gather();
  awaitable<bool> find_route();
  bool needs_facts() const;
  bool wants_session() const;
  world::SteadyPoint patience_ends() const;
  world::SteadyPoint next_look() const;
  static awaitable<void> connect_next(std::shared_ptr<Destination> self);
  std::optional<Hop> pick() const;
  bool has_room(const Hop& hop) const;
  awaitable<void> wait_for_room();
  awaitable<Attempt> connect(Hop hop);
  awaitable<Attempt> open(Hop hop, bool with_tls);
  void note_failure(const Hop& hop);
  awaitable<void> fail_all(bool permanent, queue::Failure failure);
  awaitable<void> give_up_at_next_tick();
  void notify_all();

  // conversation.cpp: what is said over a ready session
  static awaitable<void> converse(std::shared_ptr<Destination> self, Connected connected, Hop hop);
  awaitable<bool> wait_for_task();
  awaitable<void> transact(Connected& connected, Hop hop);
  std::vector<Result> results_of(const Task& task, const std::vector<smtp::Outcome>& outcomes,
                                 const Connected& connected, const Hop& hop) const;

  Context& context_;
  Recorder& recorder_;
  DestinationKey key_;
  Revived revived_;
  std::deque<Task> tasks_;
  Round round_;
  world::SteadyPoint started_{};
  world::SteadyPoint next_connect_{};  // not before
  world::SteadyPoint last_taken_{};    // a session got ready, or took a task
  std::size_t sessions_ = 0;           // ready ones, working or lingering
  world::Signal changed_;              // the connector waits here
  std::vector<world::Signal*> idle_;   // where lingering sessions wait, oldest first
};

}  // namespace mxlab::delivery
