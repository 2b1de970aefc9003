// life.hpp - a station's program: begun, awaited, ended, begun again; and who waits for what it
// says meanwhile.
#pragma once
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "relay/world/real_world.hpp"
#include "sim/live/child.hpp"
#include "sim/live/station.hpp"

namespace mxlab::sim::live {

/// Shared by a station and its coroutines, which may outlive it.
class Life {
 public:
  Life(world::RealWorld& lab, const Machine& machine, Died died);

  struct Plan {
    Command command;
    /// Lines of its standard output, and of its events.
    std::function<void(std::string)> on_out, on_event;
    /// Called when it runs, before it is awaited.
    std::function<void()> begun = [] {};
  };
  /// Returns when started() is called, or why it never was.
  static awaitable<std::string> begin(std::shared_ptr<Life> self, Plan plan);
  /// `order` is to bring about its end, for which this waits.
  static awaitable<std::string> end(std::shared_ptr<Life> self, std::function<void()> order);
  /// At once. What it had said is heard first.
  void kill();
  /// For who goes away: as kill(), and nobody hears anything.
  void bury();
  void freeze(bool frozen);

  /// It serves.
  void started();
  bool is_up() const { return up_; }
  /// Null while there is none.
  Child* child() { return child_.get(); }
  world::World& world() { return lab_.world(); }
  const Machine& machine() const { return machine_; }

  /// Until `done` says so; false when that takes longer. It is asked after every changed().
  static awaitable<bool> wait(std::shared_ptr<Life> self, std::function<bool()> done,
                              Duration patience);
  void changed();

 private:
  void has_ended(int status);
  std::string last_words(int status) const;

  world::RealWorld& lab_;
  const Machine& machine_;
  Died died_;
  std::unique_ptr<Child> child_;
  std::list<world::Signal*> waiting_;
  std::string last_line_;
  std::string trouble_;  // of a start
  bool up_ = false, starting_ = false, told_to_end_ = false;
};

}  // namespace mxlab::sim::live
