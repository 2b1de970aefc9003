// faults.hpp - one thing that goes wrong, as the lines of a scenario that begin it and end it.
#pragma once
#include <string>

#include "sim/sweep/cast.hpp"

namespace mxlab::sim {

struct DrawnFault {
  std::string begin, end;  // actions; an empty end: it ends by itself. An empty begin: nothing
  std::string machine;     // whose power, process or pause it is about; empty: nobody's
};

namespace faults {
DrawnFault draw(Fault kind, const Cast& cast, Chance& chance);
/// This primary is of no use to senders; in some of the ways only the backups reach it.
DrawnFault draw_outage(const std::string& primary, const Cast& cast, Chance& chance);
}  // namespace faults

}  // namespace mxlab::sim
