// sender.hpp - an actor: the mail system of somebody who writes to us.
//
// A second opinion on sending mail: MX walk, penalties, retries, expiry and reports as its profile
// says, written apart from relay/delivery. Letters come in through submit(); mail for its own
// domains is taken on port 25 and delivered, so that reports really arrive.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "sim/actors/inbox.hpp"
#include "sim/actors/profile.hpp"
#include "sim/actors/spool.hpp"
#include "sim/actors/station.hpp"

namespace mxlab::sim {

struct SenderOptions {
  /// Its receiving half: name (also in EHLO), certificate (absent: no TLS outbound either), dns
  /// (asked for MX too). The domains of those for whom it sends are added to its domains as their
  /// letters come; its own name is always one.
  InboxOptions inbox;
  SenderProfile profile;
};

class Sender final : public Station {
 public:
  /// Belongings and spool outlive it.
  Sender(world::World& world, SenderOptions options, Belongings belongings, SenderSpool& spool);
  ~Sender() override;

  /// Spawned once by the owner, which keeps this until the io_context has died.
  awaitable<void> run();

  const control::Digest& digest() const override;
  const control::Counters& counters() const;
  awaitable<std::vector<control::QueueRow>> queue_rows() override;
  bool pause(const std::string& part, bool paused) override;
  awaitable<void> schedule_all() override;
  awaitable<std::string> submit(Letter letter) override;
  void stop() override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace mxlab::sim
