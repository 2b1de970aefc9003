// relay_station.hpp - the real relay as the lab sees it.
#pragma once
#include "relay/relay.hpp"
#include "sim/actors/station.hpp"

namespace mxlab::sim {

class RelayStation final : public Station {
 public:
  RelayStation(world::World& world, relay::RelayOptions options)
      : world_(world), relay_(world, std::move(options)) {}

  /// Spawned once by the owner. Why a relay cannot start or had to end goes into `fault`.
  awaitable<void> run();

  const control::Digest& digest() const override { return relay_.counters().digest(); }
  awaitable<std::vector<control::QueueRow>> queue_rows() override;
  bool pause(const std::string& part, bool paused) override;
  awaitable<void> schedule_all() override;
  awaitable<std::string> submit(Letter letter) override;
  void stop() override { relay_.stop(); }
  /// As mxrelayd at SIGTERM, for as long as it would.
  awaitable<void> take_leave() { return relay_.shut_down(kGrace); }
  static constexpr world::Duration kGrace = std::chrono::seconds(30);
  bool started() const { return relay_.started(); }
  /// Empty while all is well.
  const std::string& fault() const { return fault_; }

 private:
  world::World& world_;
  relay::Relay relay_;
  std::string fault_;
};

}  // namespace mxlab::sim
