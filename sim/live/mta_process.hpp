// mta_process.hpp - Postfix, OpenSMTPD or Exim on a machine of the lab.
//
// Its root, as unpacked, lies below a layer of its own on the machine's disk, so that any number of
// hosts can have the same. What it logs becomes facts as it happens.
#pragma once
#include <memory>

#include "relay/world/real_world.hpp"
#include "sim/live/machine.hpp"
#include "sim/live/mta.hpp"
#include "sim/live/station.hpp"

namespace mxlab::sim::live {

class MtaProcess final : public LiveStation {
 public:
  struct Options {
    Machine& machine;
    MtaHost host;
  };
  /// Installs it. Throws std::system_error. Only where why_no_mta() has nothing to say.
  MtaProcess(world::RealWorld& lab, Options options, Facts facts, Died died);
  ~MtaProcess() override;

  awaitable<std::string> start() override;
  awaitable<std::string> stop() override;
  void kill() override;
  void freeze(bool frozen) override;
  bool is_up() const override;
  awaitable<std::string> pause(std::string part, bool paused) override;
  awaitable<std::string> schedule_all() override;
  awaitable<std::vector<control::QueueRow>> queue_rows() override;
  awaitable<std::string> submit(Letter letter) override;
  std::vector<Delivered> mail() override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mxlab::sim::live
