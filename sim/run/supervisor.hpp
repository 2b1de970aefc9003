// supervisor.hpp - starts relays again that have failed or were killed, as systemd does.
#pragma once
#include <set>
#include <string>

namespace mxlab::sim {

class Lab;
struct LabHost;

/// Watches the relays that have `restarts:`. Whom an operator stops, and whom the power leaves,
/// stays down.
class Supervisor {
 public:
  explicit Supervisor(Lab& lab) : lab_(lab) {}
  void watch();

 private:
  void look_after(LabHost& host);
  void start_later(LabHost& host);

  Lab& lab_;
  std::set<std::string> waiting_;
};

}  // namespace mxlab::sim
