// committer.hpp - group commit: many writers, one transaction, one sync.
//
// A request belongs to the committer, not to the writer's coroutine: a session may die while the
// storage thread works for it.
#pragma once
#include <deque>
#include <memory>

#include "relay/queue/store.hpp"

namespace mxlab::queue {

class Committer {
 public:
  using Measured = std::function<void(world::Duration)>;
  /// `measured` is told how long each batch took; it may be empty.
  Committer(world::World& world, std::shared_ptr<Store> store, Measured measured)
      : world_(world),
        store_(std::move(store)),
        measured_(std::move(measured)),
        work_(world.clock) {}

  /// Returns when the write is durable; throws when it did not happen.
  awaitable<std::vector<EnvelopeId>> commit(Write write);
  /// Nobody waits for it.
  void submit(Write write);
  /// Serves until stop(), and then what still waits.
  awaitable<void> run();
  void stop();

 private:
  struct Request {
    Request(world::Clock& clock, Write w) : write(std::move(w)), done(clock) {}
    Write write;
    WriteResult result;
    world::Signal done;
  };
  using Batch = std::vector<std::shared_ptr<Request>>;

  std::shared_ptr<Request> enqueue(Write write);
  Batch take_batch();
  awaitable<void> serve(Batch batch);
  awaitable<void> checkpoint_if_due();
  awaitable<void> empty_the_log();

  world::World& world_;
  std::shared_ptr<Store> store_;
  Measured measured_;
  world::Signal work_;
  std::deque<std::shared_ptr<Request>> waiting_;
  bool stopping_ = false, ended_ = false;
};

}  // namespace mxlab::queue
