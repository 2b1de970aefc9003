// real_storage.hpp - one thread on which calls may block; jobs in the order in which they came.
#pragma once
#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>

#include "relay/world/world.hpp"

namespace mxlab::world {

class RealStorage final : public Storage {
 public:
  explicit RealStorage(asio::io_context& io) : io_(io) {}

  void run(std::function<void()> job, Completion<> done) override;
  /// Runs what has been given, then ends the thread. What comes later is dropped.
  void finish();

 private:
  asio::io_context& io_;
  asio::thread_pool thread_{1};
  bool finished_ = false;
};

}  // namespace mxlab::world
