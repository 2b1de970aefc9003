// primary.hpp - an actor: the MX that has the mailboxes.
//
// It takes mail on port 25 of all its addresses and delivers it at once. It can be paused as
// OpenSMTPD is; whatever else it shall do wrong is said through its Manners.
#pragma once
#include "sim/actors/inbox.hpp"
#include "sim/actors/station.hpp"

namespace mxlab::sim {

class Primary final : public Station {
 public:
  /// Belongings outlive it.
  Primary(world::World& world, InboxOptions options, Belongings belongings);

  /// Spawned once by the owner, which keeps this until the io_context has died.
  awaitable<void> run();

  const control::Digest& digest() const override { return counters_.digest(); }
  const control::Counters& counters() const { return counters_; }
  awaitable<std::vector<control::QueueRow>> queue_rows() override;
  bool pause(const std::string& part, bool paused) override;
  awaitable<void> schedule_all() override;
  awaitable<std::string> submit(Letter letter) override;
  void stop() override { inbox_.stop(); }

 private:
  world::World& world_;
  control::Counters counters_;
  Inbox inbox_;
};

}  // namespace mxlab::sim
