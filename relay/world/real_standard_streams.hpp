// real_standard_streams.hpp - descriptors 0, 1 and 2 are there, whatever we were started with.
#pragma once

namespace mxlab::world {

/// Opens /dev/null for those that are closed. Else the first socket or file that is opened becomes
/// "standard error", and what is meant for people is written into it. Comes before anything is
/// opened. A standard input that was closed cannot be read: it is not taken for an empty one.
void provide_standard_streams();

}  // namespace mxlab::world
