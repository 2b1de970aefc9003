// inside.hpp - tests whose body runs inside a sandbox, and what they look at from there.
#pragma once
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <string>

#include "relay/world/address.hpp"
#include "sim/live/wires.hpp"

namespace mxlab::sim::live {

/// Skipped, with the reason, where no sandbox can be had.
class LiveTest : public ::testing::Test {
 protected:
  void SetUp() override;
};

/// What the body expects is reported from inside, and fails the test out here.
void inside(const std::function<void(const std::filesystem::path& place)>& body);

/// A process on a machine that listens on this port of all its addresses and accepts nothing; ends
/// with this.
class Listening {
 public:
  Listening(const Machine& machine, std::uint16_t port);
  ~Listening();
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

 private:
  int process_;
};

/// What a program on the machine learns: 0 when it is connected, else errno; EINPROGRESS when
/// nothing came within the limit.
int connect_from(const Machine& machine, const world::Endpoint& to, int limit_milliseconds = 4000);

world::Endpoint endpoint(const std::string& address, std::uint16_t port);

}  // namespace mxlab::sim::live
