#include "sim/world/host.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "sim/world/process.hpp"
#include "sim/world/simulation.hpp"
#include "sim/world/sockets.hpp"

namespace mxlab::sim {

namespace {
/// Names of the streams that are derived from the seed; hosts take two each, from kHosts on.
constexpr std::uint64_t kHosts = 1000;

std::uint64_t stream_of(std::uint32_t index, std::uint64_t which) {
  return kHosts + 2 * std::uint64_t{index} + which;
}

/// A doomed host's completions are posted too, and die with its io_context: to destroy them here
/// could destroy the very object whose member function is running.
template <class Done, class... Args>
void post_to(Host& host, Done done, Args... args) {
  if (!host.up) return;
  asio::post(host.process->io(),
             [d = std::move(done), ... a = args]() mutable { d(std::move(a)...); });
  host.simulation.wake(host);
}
}  // namespace

Host::Host(Simulation& owner, std::string its_name, std::vector<Address> its_addresses,
           std::uint32_t its_index)
    : simulation(owner),
      name(std::move(its_name)),
      addresses(std::move(its_addresses)),
      index(its_index),
      random(Rng::derived(owner.seed(), stream_of(its_index, 0))),
      sockets(std::make_unique<Sockets>()),
      disk_random_(Rng::derived(owner.seed(), stream_of(its_index, 1))),
      disk_(disk_random_) {}

Host::~Host() = default;

void Host::reseed(std::uint64_t seed) {
  random = Rng::derived(seed, stream_of(index, 0));
  disk_random_ = Rng::derived(seed, stream_of(index, 1));
}

World& Host::world() {
  simulation.wake(*this);
  return process->world();
}

bool Host::owns(const Address& address) const {
  return address.is_loopback() || std::ranges::find(addresses, address) != addresses.end();
}

void Host::post(world::IoCompletion done, error_code error, std::size_t bytes) {
  post_to(*this, std::move(done), error, bytes);
}
void Host::post(world::Wakeup done, error_code error) { post_to(*this, std::move(done), error); }
void Host::post(world::Completion<> done) { post_to(*this, std::move(done)); }

}  // namespace mxlab::sim
