// actor_process.hpp - an actor of the lab as a process on a machine: `mxlab actor`.
//
// The same Sender and Primary as in the simulation, on real sockets. What the lab keeps for a host
// from one life to the next (mailboxes, manners, the sender's queue) is kept here too.
#pragma once
#include <memory>

#include "relay/world/real_world.hpp"
#include "sim/actors/dialogue.hpp"
#include "sim/actors/manners.hpp"
#include "sim/live/machine.hpp"
#include "sim/live/station.hpp"
#include "sim/scenario/scenario.hpp"

namespace mxlab::sim::live {

class ActorProcess final : public LiveStation {
 public:
  struct Options {
    Machine& machine;
    /// A sender, a primary or a client; outlives this.
    const scenario::HostSpec& spec;
    /// How an actor is started: this program, which obeys `actor` as its first argument.
    std::string program = own_program();
  };
  ActorProcess(world::RealWorld& lab, Options options, Facts facts, Died died);
  ~ActorProcess() override;

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

  /// What Manners offer; holds from now on, in later lives too.
  void answer(const scenario::Answer& answer);
  void slow(Duration delay);
  void full(bool full);
  void reset_manners();
  /// Speaks as the script says, from this machine. Empty: all was answered as expected.
  awaitable<std::string> hold(DialogueScript script);

  /// The file of the program that runs now.
  static std::string own_program();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// The process itself, `mxlab actor`; see actor.hpp. Returns main()'s status.
int run_actor();

}  // namespace mxlab::sim::live
