// real_world.hpp - the world outside: the system's clocks, sockets, one thread for the disk.
//
// Everything runs on one io_context and one thread, plus the storage thread. Destroying it is
// safe at any time: storage finishes what it has begun, then every suspended coroutine dies while
// the clock, the network and the program's object still stand.
#pragma once
#include <asio/io_context.hpp>
#include <memory>

#include "relay/world/real_clock.hpp"
#include "relay/world/real_network.hpp"
#include "relay/world/real_storage.hpp"
#include "relay/world/world.hpp"

namespace mxlab::world {

/// Chance from OpenSSL's generator.
class RealRandom final : public Random {
 public:
  std::uint64_t next() override;
};

class RealWorld {
 public:
  /// Disk and journal are the caller's and outlive this.
  RealWorld(Disk& disk, Journal& journal);
  ~RealWorld();
  RealWorld(const RealWorld&) = delete;
  RealWorld& operator=(const RealWorld&) = delete;

  World& world() { return world_; }
  /// For what is the real world's own: signals.
  asio::io_context& io() { return *io_; }
  /// Takes over a listening socket that this process was started with (RealNetwork::adopt).
  void adopt(int descriptor) { network_.adopt(descriptor); }
  /// Keeps the program's object until all coroutines have ended.
  void hold(std::shared_ptr<void> program) { program_ = std::move(program); }

  /// Serves until stop(), or until nothing is left to wait for. Throws what a handler throws.
  void run();
  void stop() { io_->stop(); }

 private:
  std::shared_ptr<void> program_;
  std::unique_ptr<asio::io_context> io_;
  RealRandom random_;
  RealClock clock_;
  RealNetwork network_;
  RealStorage storage_, compute_;
  World world_;
};

}  // namespace mxlab::world
