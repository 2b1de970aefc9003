// scheduler.hpp - brings envelopes to their agents when they are due, and ends them in time.
//
// The queue on disk is the truth; here is only which envelopes are in flight. A restart therefore
// loses nothing but attempts that were running, and those are made again at once.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "relay/delivery/local_agent.hpp"
#include "relay/delivery/outbound.hpp"
#include "relay/delivery/reports.hpp"

namespace mxlab::delivery {

/// Which envelopes an operator means: one, those of one message, or (neither is set) all.
struct Selection {
  std::optional<queue::MessageId> message;
  std::optional<queue::EnvelopeId> envelope;
};

class Scheduler {
 public:
  Scheduler(Context& context, std::shared_ptr<const Accounts>& accounts);

  /// Runs until stop().
  awaitable<void> run();
  void stop();
  /// stop(), and no attempt begins any more, queued for a connection or not; those that run go on.
  void finish();
  /// No attempt is running.
  bool quiet() const { return inflight_.empty(); }
  /// Something may have become due.
  void notify();
  /// Envelopes that have just become durable. Unless others wait before them, they start at once,
  /// and the queue need not be asked for them.
  void take(std::vector<Envelope> fresh);

  void pause_relaying(bool paused);  // smtpctl pause mta
  void pause_local(bool paused);     // smtpctl pause mda
  bool relaying_paused() const { return relaying_paused_; }
  bool local_paused() const { return local_paused_; }

  // --- an operator's orders; each returns how many envelopes it reached, and throws when the disk
  // refuses. What is in flight is removed, or suspended, when its attempt has ended. ---
  /// smtpctl schedule: every pending envelope is tried now, and no penalty stands in its way.
  awaitable<std::size_t> schedule(Selection which);
  awaitable<std::size_t> schedule_all() { return schedule({}); }
  /// smtpctl remove: gone, without a report to anybody.
  awaitable<std::size_t> remove(Selection which);
  /// smtpctl pause envelope, resume envelope.
  awaitable<std::size_t> suspend(Selection which, bool suspended);
  /// As many attempts run as scheduler limit max-inflight allows.
  bool is_full() const { return inflight_.size() >= context_.config->max_inflight; }
  /// When the attempt in flight began; nothing when it is not in flight.
  std::optional<TimePoint> inflight_since(queue::EnvelopeId id) const;

  Outbound& outbound() { return outbound_; }

 private:
  awaitable<void> work();
  awaitable<std::optional<TimePoint>> next_wake();
  void dispatch(std::vector<Envelope> due);
  void hold(const Envelope& envelope, const Lifetime& lifetime);
  void end(std::vector<Envelope> over);
  void start(std::vector<Envelope> ready);
  void mark_inflight(const Envelope& envelope);
  awaitable<void> heed_clock();
  void released(const std::vector<queue::EnvelopeId>& ids, std::optional<TimePoint> wake);
  std::size_t room() const;
  bool may_be_due() const;
  awaitable<void> look(std::size_t most);
  void wake_at(TimePoint at);

  // scheduler_orders.cpp
  enum class Order { kSchedule, kRemove, kSuspend, kResume };
  awaitable<std::size_t> give(Order order, Selection which);
  awaitable<std::vector<Envelope>> page_of(Selection which, queue::EnvelopeId after);
  awaitable<std::size_t> hurry(std::vector<Envelope> envelopes);
  awaitable<std::size_t> schedule_domain(std::string domain);
  awaitable<std::size_t> obey(Order order, std::vector<Envelope> envelopes);
  bool postpone(Order order, queue::EnvelopeId id);
  queue::Transaction changes_of(Order order, const std::vector<Envelope>& envelopes) const;
  void tell_removed(const Envelope& envelope);
  static awaitable<void> carry_out(Scheduler* self, queue::EnvelopeId id, Order order);
  static awaitable<void> revive(Scheduler* self, std::vector<queue::EnvelopeId> ids);
  bool paused(queue::EnvelopeKind kind) const;
  std::vector<queue::EnvelopeId> excluded(TimePoint now) const;

  Context& context_;
  Recorder recorder_;
  Outbound outbound_;
  LocalAgent local_;
  Reports reports_;
  world::Signal changed_;
  std::map<queue::EnvelopeId, TimePoint> inflight_;
  std::map<queue::EnvelopeId, TimePoint> held_;    // due, but their agent is paused; their expiry
  std::map<queue::EnvelopeId, Order> afterwards_;  // orders for envelopes in flight
  world::Duration clock_offset_{};                 // of the wall clock from the steady one
  bool look_ = true;               // the queue may hold something due of which we do not know
  bool more_ = false;              // it held more than there was room for
  std::optional<TimePoint> wake_;  // else it holds nothing before this
  bool stopping_ = false, relaying_paused_ = false, local_paused_ = false;
};

}  // namespace mxlab::delivery
