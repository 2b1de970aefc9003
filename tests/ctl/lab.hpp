// lab.hpp - an operator at the relay's own host, on virtual time: the same client, the same control
// socket, the same relay.
#pragma once
#include <string>
#include <vector>

#include "tests/relay/lab.hpp"

namespace mxlab::ctl {

struct Said {
  int status = -1;  // -1: no answer came
  std::string out, err;
};

class ControlLab : public relay::RelayLab {
 public:
  explicit ControlLab(std::string config = kRelayForAll);

  /// One command line, as it is typed; time goes on until it is answered.
  Said ctl(const std::string& line);
  /// Its standard output.
  std::string out(const std::string& line) { return ctl(line).out; }
  /// Raw bytes to one of the sockets; everything that comes back until the relay, or two minutes of
  /// silence, end it.
  std::string send(const std::string& socket, const std::string& bytes);
  /// Starts a monitor of so many rows; what it has printed so far is in `said`.
  void start_monitor(std::uint64_t rows, Said& said);

  static const std::string kControl, kSubmit;
};

}  // namespace mxlab::ctl
