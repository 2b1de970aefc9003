// queue_bench.cpp - durable accepts a second on this machine's disk, with 1 and with 100
// submitters.
//
// Closed loop, no SMTP: each submitter hands over its next message when the last one is durable.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <chrono>
#include <filesystem>
#include <fmt/format.h>

#include "relay/queue/queue.hpp"
#include "relay/world/real_disk.hpp"
#include "relay/world/real_world.hpp"

namespace {

using namespace mxlab;
using world::awaitable;

struct Silence final : world::Journal {
  void record(const world::Fact&) override {}
};

struct Load {
  int submitters = 1;
  int messages = 1000;
  std::size_t size = 1024;
};

class Bench {
 public:
  Bench(const std::string& directory, Load load)
      : load_(load), queue_(world_.world(), {.path = directory + "/mail.db"}) {
    asio::co_spawn(world_.io(), all(), [this](std::exception_ptr error) {
      world_.stop();
      if (error) std::rethrow_exception(error);
    });
    world_.run();
  }
  void print() const {
    auto sorted = latencies_;
    std::sort(sorted.begin(), sorted.end());
    auto at = [&](std::size_t percent) { return sorted.at((sorted.size() - 1) * percent / 100); };
    fmt::print("{:>4} submitters, {:>6} B: {:>8.0f} accepts/s   p50 {:.2f} ms   p99 {:.2f} ms\n",
               load_.submitters, load_.size, static_cast<double>(sorted.size()) / seconds_, at(50),
               at(99));
  }

 private:
  awaitable<void> all() {
    co_await queue_.open();
    asio::co_spawn(world_.io(), queue_.run(), asio::detached);
    const auto begin = clock().steady_now();
    for (int i = 0; i < load_.submitters; ++i)
      asio::co_spawn(world_.io(), submit(), asio::detached);
    co_await finished_.wait();
    seconds_ = std::chrono::duration<double>(clock().steady_now() - begin).count();
  }
  awaitable<void> submit() {
    for (int i = 0; i < load_.messages / load_.submitters; ++i) {
      const auto begin = clock().steady_now();
      co_await queue_.commit(message());
      latencies_.push_back(
          std::chrono::duration<double, std::milli>(clock().steady_now() - begin).count());
    }
    if (++done_ == load_.submitters) finished_.notify();
  }
  queue::Transaction message() {
    queue::NewMessage m;
    m.id = queue_.new_message();
    m.size = load_.size;
    m.last_chunk.assign(load_.size, 'x');
    queue::Envelope e;
    e.id = queue::EnvelopeId::of(m.id, 0);
    e.sender = "sender@example.net";
    e.recipient = e.destination = "someone@example.org";
    m.envelopes.push_back(std::move(e));
    queue::Transaction t;
    t.accepted.push_back(std::move(m));
    return t;
  }
  world::Clock& clock() { return world_.world().clock; }

  Load load_;
  Silence journal_;
  world::RealDisk disk_;
  world::RealWorld world_{disk_, journal_};
  queue::Queue queue_;
  world::Signal finished_{world_.world().clock};
  std::vector<double> latencies_;
  double seconds_ = 0;
  int done_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Durable accepts a second.\nExample: queue_bench --directory /var/tmp");
  std::string directory = std::filesystem::temp_directory_path();
  double scale = 1;
  app.add_option("-d,--directory", directory, "On the disk to be measured")
      ->check(CLI::ExistingDirectory);
  app.add_option("-s,--scale", scale, "Multiplies the number of messages")
      ->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  const auto place = std::filesystem::path(directory) / "mxlab-queue-bench";
  for (Load load : {Load{1, 1000, 1024}, Load{100, 30'000, 1024}, Load{100, 2'000, 65'536}}) {
    load.messages = std::max(load.submitters, static_cast<int>(load.messages * scale));
    std::filesystem::create_directories(place);
    Bench(place, load).print();
    std::filesystem::remove_all(place);
  }
}
