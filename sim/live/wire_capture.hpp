// wire_capture.hpp - what goes over the wires of a live lab, as a capture file.
//
// A process of its own reads the bridge, so that nothing is missed while the lab is busy. Segments
// are as the kernel hands them on: larger than a wire would take, their checksums not yet filled
// in.
#pragma once
#include <string>
#include <sys/types.h>

#include "sim/live/pipe.hpp"

namespace mxlab::sim::live {

class WireCapture {
 public:
  /// Inside a sandbox with wires. From now on everything is written. Throws std::system_error with
  /// the file's name, or what could not be done.
  explicit WireCapture(const std::string& file);
  ~WireCapture();
  WireCapture(const WireCapture&) = delete;
  WireCapture& operator=(const WireCapture&) = delete;

  /// Everything so far is in the file, and nothing follows. Throws std::runtime_error when some of
  /// it could not be written.
  void finish();

 private:
  std::string file_;
  Pipe end_;
  pid_t writer_ = -1;
};

}  // namespace mxlab::sim::live
