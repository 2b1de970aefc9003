// mta_roots.hpp - where the mail systems lie that scripts/fetch-mtas has unpacked.
#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "sim/scenario/scenario.hpp"

namespace mxlab::sim::live {

/// build/peers/roots of the tree in which this program was built or is run, or what the environment
/// variable MXLAB_MTAS says; empty when there is none.
std::filesystem::path mta_roots();

/// Why a host of this kind cannot be played here: one sentence that says what to do.
std::optional<std::string> why_no_mta(scenario::Kind kind);

/// "3.7.11-0+deb12u1"; only where why_no_mta() has nothing to say.
std::string mta_version(scenario::Kind kind);

}  // namespace mxlab::sim::live
