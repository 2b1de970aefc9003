// relay_process.hpp - the real mxrelayd on a machine of the lab: its files, its control socket, the
// events it writes.
#pragma once
#include <memory>

#include "relay/world/real_world.hpp"
#include "sim/live/machine.hpp"
#include "sim/live/station.hpp"
#include "sim/scenario/scenario.hpp"

namespace mxlab::sim::live {

class RelayProcess final : public LiveStation {
 public:
  struct Options {
    Machine& machine;
    /// Whose smtpd.conf and files are installed; outlives this.
    const scenario::HostSpec& spec;
    std::string program;  // mxrelayd
    /// Bytes of the spool's own filesystem, at least 48 MB; 0: it has none.
    std::uint64_t disk = 0;
  };
  /// Installs its files.
  RelayProcess(world::RealWorld& lab, Options options, Facts facts, Died died);
  ~RelayProcess() override;

  awaitable<std::string> start() override;
  awaitable<std::string> stop() override;
  void kill() override;
  void freeze(bool frozen) override;
  bool is_up() const override;
  awaitable<std::string> pause(std::string part, bool paused) override;
  awaitable<std::string> schedule_all() override;
  awaitable<std::vector<control::QueueRow>> queue_rows() override;
  awaitable<std::string> submit(Letter letter) override;
  /// The mbox files of /var/mail.
  std::vector<Delivered> mail() override;

  /// Leaves no space on the spool's disk, or gives it back. Only with a disk of its own.
  void full(bool full);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace mxlab::sim::live
