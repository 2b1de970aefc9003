// outbox.hpp - the sender's queue at work: what is due goes out, what comes of it is recorded.
//
// The spool holds the envelopes; couriers carry them, one courier for each domain that has work.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/actors/host_notes.hpp"
#include "sim/actors/inbox.hpp"
#include "sim/actors/spool.hpp"

namespace mxlab::sim {

/// What all parts of a sender share; it outlives them.
struct SenderContext {
  world::World& world;
  const SenderProfile& profile;
  SenderSpool& spool;
  control::Counters& counters;
  Inbox& inbox;
  dns::Resolver& resolver;
  HostNotes& notes;
  std::string name;
  std::shared_ptr<smtp::TlsContext> tls;  // null: never outbound
};

enum class ResultKind { kDelivered, kTemporary, kPermanent, kExpired };

/// What became of an attempt, and the words for it.
struct DeliveryResult {
  std::uint64_t envelope = 0;
  ResultKind kind = ResultKind::kTemporary;
  std::string text, status;
  std::string session = std::string(16, '0');
  std::string source = "-", relay = "-";
};

/// A message that enters the queue.
struct Submission {
  std::string sender;
  std::vector<std::string> recipients;
  std::string text;
  bool report = false;  // our own: goes into our own mailboxes whenever they take it
};

class Courier;

class Outbox {
 public:
  explicit Outbox(SenderContext& context);
  ~Outbox();

  /// Until stop().
  awaitable<void> run();
  void stop();
  void add(const Submission& submission);
  void pause_relaying(bool paused);
  void pause_local(bool paused);
  bool relaying_paused() const { return relaying_paused_; }
  bool local_paused() const { return local_paused_; }
  /// Everything that waits is due now.
  void schedule_all();
  std::vector<control::QueueRow> rows() const;

  // For couriers.
  void settle(const std::vector<DeliveryResult>& results);
  /// The domain answers again: whoever waited for that is due now.
  void revive(const std::string& domain);

 private:
  using Envelopes = std::vector<SpoolEnvelope>;
  bool held(const SpoolEnvelope& envelope) const;
  TimePoint end_of(const SpoolEnvelope& envelope) const;
  Envelopes take_due();
  std::optional<TimePoint> next_wake() const;
  void dispatch(const Envelopes& due);
  void relay(const Envelopes& envelopes);
  void deliver_locally(const SpoolEnvelope& envelope);
  void settle_one(const DeliveryResult& result);
  void defer(SpoolEnvelope& envelope, const DeliveryResult& result);
  void add_report(const SpoolEnvelope& about, std::optional<Duration> delay);
  void tell(const SpoolEnvelope& envelope, const DeliveryResult& result);
  control::QueueRow row_of(const SpoolEnvelope& envelope) const;

  static awaitable<void> drive(Outbox* self, std::string domain, std::shared_ptr<Courier> courier);
  static awaitable<void> report(Outbox* self, std::uint32_t message, bool delayed);
  Envelopes gathered(std::uint32_t message, bool delayed) const;

  SenderContext& context_;
  std::map<std::uint64_t, TimePoint> inflight_;
  std::map<std::string, std::shared_ptr<Courier>> couriers_;
  std::set<std::pair<std::uint32_t, bool>> reporting_;
  world::Signal changed_;
  bool relaying_paused_ = false, local_paused_ = false, stopping_ = false;
};

}  // namespace mxlab::sim
