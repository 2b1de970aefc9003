// programs.hpp - where the programs are that the live lab starts.
#pragma once
#include <string>

namespace mxlab::sim::live {

/// mxrelayd beside this program, or where the package installs it. Throws std::runtime_error with a
/// sentence when it is in neither place.
std::string mxrelayd_program();

}  // namespace mxlab::sim::live
