#include "relay/world/real_world.hpp"

#include <openssl/rand.h>

namespace mxlab::world {

std::uint64_t RealRandom::next() {
  std::uint64_t word = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&word), sizeof word) != 1)
    throw std::system_error(make_error_code(std::errc::io_error), "RAND_bytes");
  return word;
}

RealWorld::RealWorld(Disk& disk, Journal& journal)
    : io_(std::make_unique<asio::io_context>(1)),
      clock_(*io_),
      network_(*io_, clock_, random_),
      storage_(*io_),
      compute_(*io_),
      world_{io_->get_executor(), clock_, network_, disk, storage_, compute_, random_, journal} {}

RealWorld::~RealWorld() {
  storage_.finish();
  compute_.finish();
  clock_.shut_down();
  io_.reset();
}

void RealWorld::run() {
  io_->restart();
  io_->run();
}

}  // namespace mxlab::world
