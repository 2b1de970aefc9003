// standard_streams.hpp - descriptors 0, 1 and 2 are there, whatever we were started with.
#pragma once

namespace mxlab::daemon {

/// Opens /dev/null for those that are closed. Else the first socket or file that is opened becomes
/// "standard error", and the log is written into it. Comes before anything is opened.
void provide_standard_streams();

}  // namespace mxlab::daemon
