#include "relay/queue/committer.hpp"

#include <utility>

namespace mxlab::queue {
namespace {

constexpr std::size_t kMostInBatch = 1'000;
constexpr std::size_t kMostBytesInBatch = 16 * 1024 * 1024;

std::size_t weight(const Write& write) {
  std::size_t bytes = write.chunk ? write.chunk->data.size() : 0;
  for (const auto& message : write.transaction.accepted) bytes += message.last_chunk.size();
  return bytes;
}

}  // namespace

std::shared_ptr<Committer::Request> Committer::enqueue(Write write) {
  auto request = std::make_shared<Request>(world_.clock, std::move(write));
  waiting_.push_back(request);
  work_.notify();
  return request;
}

awaitable<std::vector<EnvelopeId>> Committer::commit(Write write) {
  if (ended_)
    throw std::system_error(std::make_error_code(std::errc::operation_canceled),
                            "the queue is closed");
  auto request = enqueue(std::move(write));
  co_await request->done.wait();
  if (request->result.error) std::rethrow_exception(request->result.error);
  co_return std::move(request->result.added);
}

void Committer::submit(Write write) {
  if (!ended_) enqueue(std::move(write));
}

void Committer::stop() {
  stopping_ = true;
  work_.notify();
}

awaitable<void> Committer::run() {
  while (!stopping_ || !waiting_.empty()) {
    if (waiting_.empty()) {
      co_await work_.wait();
      continue;
    }
    co_await serve(take_batch());
    co_await checkpoint_if_due();
  }
  ended_ = true;
  co_await empty_the_log();
}

Committer::Batch Committer::take_batch() {
  Batch batch;
  std::size_t bytes = 0;
  while (!waiting_.empty() && batch.size() < kMostInBatch && bytes < kMostBytesInBatch) {
    bytes += weight(waiting_.front()->write);
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return batch;
}

awaitable<void> Committer::serve(Batch batch) {
  auto job = [store = store_, batch] {
    std::vector<const Write*> writes;
    for (const auto& request : batch) writes.push_back(&request->write);
    return store->write(writes);
  };
  const auto began = world_.clock.steady_now();
  auto results = co_await world::on_storage(world_, std::move(job));
  if (measured_) measured_(world_.clock.steady_now() - began);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch[i]->result = std::move(results[i]);
    batch[i]->done.notify();
  }
}

// After the answers, so that nobody waits for it.
awaitable<void> Committer::checkpoint_if_due() {
  if (!store_->wants_checkpoint()) co_return;
  std::string failure;
  try {
    co_await world::on_storage(world_, [store = store_] { store->checkpoint(); });
  } catch (const std::system_error& error) {
    failure = error.what();
  }
  if (!failure.empty()) world_.journal.warn("queue checkpoint failed error=\"" + failure + "\"");
}

awaitable<void> Committer::empty_the_log() {
  std::string failure;
  try {
    co_await world::on_storage(world_, [store = store_] { store->checkpoint_all(); });
  } catch (const std::system_error& error) {
    failure = error.what();  // the next start does it
  }
  if (!failure.empty()) world_.journal.warn("queue checkpoint failed error=\"" + failure + "\"");
}

}  // namespace mxlab::queue
