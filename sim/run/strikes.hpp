// strikes.hpp - power cuts and kills at a moment of the relay's own work: between the commit and
// the 250, between the next hop's answer and its record.
//
// No clock can hit such a moment; the relay's journal, which the trace carries, marks it.
#pragma once
#include <cstddef>
#include <vector>

#include "sim/scenario/scenario.hpp"
#include "sim/world/simulation.hpp"

namespace mxlab::sim {

/// Whether the relay says with this event that it is there.
bool is_at(scenario::Mark mark, const Event& event);

class Strikes {
 public:
  explicit Strikes(Simulation& simulation) : simulation_(simulation) {}

  /// Each strikes once, at the next such moment; never when there is none.
  void expect(const scenario::Strike& strike);
  std::size_t waiting() const { return waiting_.size(); }
  void forget() { waiting_.clear(); }

 private:
  struct Waiting {
    Host* host;
    scenario::Strike strike;
  };
  void watch();
  void read(const Event& event);
  void kill_doomed();

  Simulation& simulation_;
  bool watching_ = false;
  std::vector<Waiting> waiting_;
  std::vector<Host*> doomed_;  // to be killed when the present step is done
};

}  // namespace mxlab::sim
