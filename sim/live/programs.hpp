// programs.hpp - where the programs are that the live lab starts.
#pragma once
#include <string>

namespace mxlab::sim::live {

/// mxrelayd beside this program, or where the package installs it. Throws std::runtime_error with a
/// sentence when it is in neither place.
std::string mxrelayd_program();

/// The libraries that are preloaded (preload/), beside this program or where the package installs
/// them: for WireSecrets, and for a StoryClock. Throw as above.
std::string secrets_library();
std::string clock_library();

}  // namespace mxlab::sim::live
