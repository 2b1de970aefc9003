#include "relay/queue/queue.hpp"

#include "relay/queue/committer.hpp"
#include "relay/queue/store.hpp"

namespace mxlab::queue {

namespace {

/// More than a fast disk takes while nobody asks; and should it be less, the commit will tell.
constexpr std::uint64_t kPlenty = 512ull * 1024 * 1024;
constexpr world::Duration kPlentyLasts = std::chrono::seconds(1);
constexpr std::uint64_t kSmall = 1024 * 1024;

}  // namespace

class Queue::Core {
 public:
  Core(world::World& w, QueueOptions o) : world(w), options(std::move(o)) {}

  Committer& writer() {
    require_open();
    return *committer;
  }
  void require_open() const {
    if (!store)
      throw std::system_error(std::make_error_code(std::errc::bad_file_descriptor),
                              "the queue is not open");
  }

  world::World& world;
  QueueOptions options;
  std::shared_ptr<Store> store;
  std::unique_ptr<Committer> committer;
  MessageId last_message = 0;
  world::SteadyPoint plenty_until{};  // there is room for many small messages
};

namespace {

/// What `ask` says of the store, on the storage thread.
template <class Core, class Ask>
auto asking(Core& core, Ask ask) {
  core.require_open();
  return world::on_storage(core.world,
                           [store = core.store, ask = std::move(ask)] { return ask(*store); });
}

}  // namespace

Queue::Queue(world::World& world, QueueOptions options)
    : core_(std::make_shared<Core>(world, std::move(options))) {}
Queue::~Queue() = default;

awaitable<Recovery> Queue::open() {
  auto core = core_;
  auto job = [&disk = core->world.disk, options = core->options] {
    return std::make_shared<Store>(disk, options);
  };
  core->store = co_await world::on_storage(core->world, std::move(job));
  core->committer = std::make_unique<Committer>(core->world, core->store, core->options.on_commit);
  core->last_message = core->store->last_message();
  co_return core->store->recovery();
}

awaitable<void> Queue::run() {
  auto core = core_;
  co_await core->writer().run();
}

void Queue::stop() {
  if (core_->committer) core_->committer->stop();
}

MessageId Queue::new_message() {
  core_->require_open();
  return ++core_->last_message;
}

awaitable<void> Queue::append(MessageId id, std::uint32_t number, std::string chunk) {
  auto core = core_;
  Write write;
  write.chunk = {id, number, std::move(chunk)};
  co_await core->writer().commit(std::move(write));
}

void Queue::discard(MessageId id) {
  Write write;
  write.discarded = id;
  core_->writer().submit(std::move(write));
}

awaitable<std::vector<EnvelopeId>> Queue::commit(Transaction transaction) {
  auto core = core_;
  Write write;
  write.transaction = std::move(transaction);
  co_return co_await core->writer().commit(std::move(write));
}

awaitable<bool> Queue::has_room(std::uint64_t message_size) {
  auto core = core_;
  const auto& clock = core->world.clock;
  const bool small = message_size <= kSmall;
  if (small && clock.steady_now() < core->plenty_until) co_return true;
  if (small && co_await asking(*core, [](Store& s) { return s.has_room(kPlenty); })) {
    core->plenty_until = clock.steady_now() + kPlentyLasts;
    co_return true;
  }
  co_return co_await asking(*core, [=](Store& s) { return s.has_room(message_size); });
}

awaitable<std::vector<Envelope>> Queue::due(TimePoint until, std::vector<EnvelopeId> inflight,
                                            std::size_t most) {
  co_return co_await asking(*core_, [=](Store& s) { return s.due(until, inflight, most); });
}

awaitable<std::optional<TimePoint>> Queue::next_wake(std::vector<EnvelopeId> inflight) {
  co_return co_await asking(*core_, [=](Store& s) { return s.next_wake(inflight); });
}

awaitable<std::optional<Envelope>> Queue::find(EnvelopeId id) {
  co_return co_await asking(*core_, [=](Store& s) { return s.find(id); });
}

awaitable<std::vector<Envelope>> Queue::list(std::optional<MessageId> message, EnvelopeId after,
                                             std::size_t most) {
  co_return co_await asking(*core_, [=](Store& s) { return s.list(message, after, most); });
}

awaitable<Opening> Queue::open_message(MessageId id) {
  co_return co_await asking(*core_, [=](Store& s) { return s.open_message(id); });
}

awaitable<std::string> Queue::read_chunk(MessageId id, std::uint32_t number) {
  co_return co_await asking(*core_, [=](Store& s) { return s.read_chunk(id, number); });
}

awaitable<std::uint64_t> Queue::message_size(MessageId id) {
  co_return co_await asking(*core_, [=](Store& s) { return s.message_size(id); });
}

awaitable<TimePoint> Queue::arrival(MessageId id) {
  co_return co_await asking(*core_, [=](Store& s) { return s.arrival(id); });
}

}  // namespace mxlab::queue
