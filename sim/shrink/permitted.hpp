// permitted.hpp - which parts of a scenario minimise may leave out or change.
#pragma once
#include "sim/shrink/edits.hpp"

namespace mxlab::shrink {

struct Rules {
  bool only_easier = false;  // an expectation fails: life may become easier, never harder
  bool keeps_heal = false;   // how long the queues have to drain is what fails
};

/// The children of the container that may be left out.
std::vector<std::size_t> removable(const Tree& tree, const Path& container, Rules rules);

/// Whether the text with these keys on the way to it may become simpler. The texts of expectations,
/// and how long they wait, are not made simpler: they would promise something else.
bool may_change(const std::vector<std::string>& keys, Rules rules);

}  // namespace mxlab::shrink
