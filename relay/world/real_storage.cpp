#include "relay/world/real_storage.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <utility>

namespace mxlab::world {

void RealStorage::run(std::function<void()> job, Completion<> done) {
  if (finished_) return;
  // The guard keeps run() from returning while a job is out.
  auto work = asio::make_work_guard(io_);
  asio::post(thread_,
             [this, j = std::move(job), d = std::move(done), w = std::move(work)]() mutable {
               j();
               j = nullptr;
               asio::post(io_, [done = std::move(d)]() mutable { done(); });
               w.reset();
             });
}

void RealStorage::finish() {
  finished_ = true;
  thread_.join();
}

}  // namespace mxlab::world
