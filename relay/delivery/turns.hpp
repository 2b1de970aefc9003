// turns.hpp - who may deliver now: so many at a time in all, and so many at each mailbox.
//
// A process must not open an mbox twice (the kernel's locks are the process's, and closing one file
// lets go of both), and five thousand deliveries at once would hold five thousand pieces of mail.
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "relay/world/clock.hpp"

namespace mxlab::delivery {

class Turns {
 public:
  explicit Turns(world::Clock& clock) : clock_(clock) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// Returns when it is this one's turn, in the order in which they came; leave() ends it.
  world::awaitable<void> enter(std::string place, std::size_t most_there);
  void leave(const std::string& place);

 private:
  struct Waiting {
    Waiting(world::Clock& clock, std::string p, std::size_t most)
        : place(std::move(p)), most_there(most), admitted(clock) {}
    std::string place;
    std::size_t most_there;
    world::Signal admitted;
  };
  bool has_room(const std::string& place, std::size_t most_there) const;
  void admit(const std::string& place);

  world::Clock& clock_;
  std::map<std::string, std::size_t> busy_;  // by place
  std::size_t all_ = 0;
  std::deque<std::shared_ptr<Waiting>> waiting_;
};

}  // namespace mxlab::delivery
