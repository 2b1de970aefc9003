#include "sim/world/simulation.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "sim/world/libc_guard.hpp"
#include "sim/world/process.hpp"
#include "sim/world/seeded_openssl.hpp"
#include "sim/world/sim_network.hpp"
#include "sim/world/sockets.hpp"

namespace mxlab::sim {

namespace {
/// The streams that are derived from the seed; hosts have theirs from 1000 on.
enum Stream : std::uint64_t { kOrder = 1, kWires, kOpenssl, kSqlite };

bool alive =
    false;  // one simulation at a time: OpenSSL's and SQLite's generators are the process's

void check(bool condition, const char* promise) {
  if (condition) return;
  std::fprintf(stderr, "simulation: broken promise: %s\n", promise);
  std::abort();
}
}  // namespace

Simulation::Simulation(std::uint64_t seed, TimePoint start)
    : seed_(seed),
      start_(start),
      now_(start),
      rng_(Rng::derived(seed, kOrder)),
      openssl_random_(Rng::derived(seed, kOpenssl)),
      sqlite_random_(Rng::derived(seed, kSqlite)),
      wires_(trace_, Rng::derived(seed, kWires)) {
  check(!std::exchange(alive, true), "one simulation lives at a time");
  seed_openssl(&openssl_random_);
  guard_libc(&now_, &openssl_random_);
  reset_sqlite_randomness(sqlite_random_);
}

Simulation::~Simulation() {
  for (auto& host : hosts_) {
    host->power_cut_requested = true;  // no goodbyes
    end_process(*host, true);
  }
  guard_libc(nullptr, nullptr);
  seed_openssl(nullptr);
  alive = false;
}

void Simulation::reseed(std::uint64_t seed) {
  rng_ = Rng::derived(seed, kOrder);
  openssl_random_ = Rng::derived(seed, kOpenssl);
  sqlite_random_ = Rng::derived(seed, kSqlite);
  reset_sqlite_randomness(sqlite_random_);
  wires_.rng() = Rng::derived(seed, kWires);
  for (auto& host : hosts_) host->reseed(seed);
}

Host& Simulation::add_host(std::string name, std::vector<Address> addresses) {
  check(find(name) == nullptr, "host names are unique");
  auto index = static_cast<std::uint32_t>(hosts_.size());
  hosts_.push_back(std::make_unique<Host>(*this, std::move(name), std::move(addresses), index));
  Host& host = *hosts_.back();
  for (const Address& address : host.addresses)
    check(by_address_.emplace(address, &host).second, "addresses are unique");
  host.disk().on_call([this, &host](const DiskCall& call) {
    trace_.record_disk(
        host.index,
        {world::FactKind::kLog, call.operation, call.path, static_cast<std::int64_t>(call.number)},
        call.offset ^ call.size << 32 ^ static_cast<std::uint64_t>(call.error) << 56);
    if (host.on_disk_call) host.on_disk_call(call);
  });
  return host;
}

Host* Simulation::find(std::string_view name) {
  for (auto& host : hosts_)
    if (host->name == name) return host.get();
  return nullptr;
}

Host* Simulation::find(const Address& address) {
  auto found = by_address_.find(address);
  return found == by_address_.end() ? nullptr : found->second;
}

Host* Simulation::route(Host& from, const Address& address) {
  return from.owns(address) ? &from : find(address);
}

Verdict Simulation::verdict(const Host& from, const Host* to, std::uint16_t port,
                            std::uint16_t other) const {
  if (to == nullptr || !to->powered) return Verdict::kUnreachable;
  return wires_.verdict(from, to, port, other);
}

TimePoint Simulation::time_of(SteadyPoint at) const {
  Duration since = at.time_since_epoch() - kUptime;
  if (since >= TimePoint::max() - start_) return TimePoint::max();
  return std::max(start_ + since, now_);
}

// --- lives -----------------------------------------------------------------------------------

void Simulation::boot(Host& host, Program program) {
  check(!host.up, "a host that boots is not up");
  if (!std::exchange(host.powered, true)) ++host.power_cycle;
  host.power_cut_requested = false;
  host.up = true;
  ++host.life;
  host.process = std::make_unique<Process>(host);
  trace_.record(host.index, EventKind::kBoot);
  wake(host);
  host.process->hold(program(host.process->world()));
}

void Simulation::crash(Host& host) {
  if (&host == running_) return request_power_cut(host);
  if (!host.powered) return;
  trace_.record(host.index, EventKind::kCrash);
  host.disk().die();
  host.power_cut_requested = true;
  end_process(host, true);
  host.disk().power_cut();
}

void Simulation::kill(Host& host) {
  check(&host != running_, "a host is killed between its handlers");
  if (!host.up) return;
  trace_.record(host.index, EventKind::kKill);
  end_process(host, false);
  host.disk().kill_process();
}

void Simulation::stop(Host& host) {
  check(&host != running_, "a host is stopped between its handlers");
  if (!host.up) return;
  trace_.record(host.index, EventKind::kStop);
  end_process(host, false);
  host.disk().kill_process();
}

void Simulation::request_power_cut(Host& host) {
  if (!host.powered) return;
  host.power_cut_requested = true;
  host.disk().die();
  doomed_.push_back(&host);
}

/// Everything suspended dies while the process's objects still stand: first what waits in the
/// world, then the io_context with what is ready, then the program.
void Simulation::end_process(Host& host, bool power_cut) {
  host.up = false;
  if (power_cut) host.powered = false;
  auto waits = timeline_.take_all(host.index);
  end_sockets(host, power_cut);
  waits.clear();
  host.process.reset();
  std::erase(ready_, &host);
  host.ready = false;
}

void Simulation::end_sockets(Host& host, bool power_cut) {
  Sockets sockets = std::exchange(*host.sockets, {});
  std::vector<world::IoCompletion> transfers;
  std::vector<world::Wakeup> waits;
  for (auto& [number, end] : sockets.connections) {
    transfers.push_back(std::move(end->reader));
    transfers.push_back(std::move(end->writer));
  }
  for (auto& [number, connector] : sockets.connectors) {
    connector->over = true;
    waits.push_back(std::move(connector->done));
  }
  for (auto& [local, queue] : sockets.datagrams) {
    queue->open = false;
    waits.push_back(std::move(queue->receiver));
  }
  auto end_listener = [&waits](ListenSocket& listener) {
    waits.push_back(std::move(listener.acceptor));
    close_listener(listener);
  };
  for (auto& [local, listener] : sockets.listeners) end_listener(*listener);
  auto files = host.socket_files;
  for (auto& [path, listener] : sockets.local_listeners) end_listener(*listener);
  host.socket_files = power_cut ? std::set<std::string>() : std::move(files);
  for (auto& [number, end] : sockets.connections) close_end(end, power_cut);
}

// --- time ------------------------------------------------------------------------------------

std::uint64_t Simulation::at(TimePoint when, std::function<void()> event) {
  auto run = [this, e = std::move(event)] {
    e();
    wake_all();
  };
  return timeline_.add(std::max(when, now_), Timeline::kNobody, Action(std::move(run)));
}

std::uint64_t Simulation::at(Duration since_start, std::function<void()> event) {
  return at(start_ + since_start, std::move(event));
}

void Simulation::cancel(std::uint64_t event) { timeline_.cancel(event); }

void Simulation::wake(Host& host) {
  if (host.up && !std::exchange(host.ready, true)) ready_.push_back(&host);
}

void Simulation::wake_all() {
  for (auto& host : hosts_) wake(*host);
}

/// The order in which ready hosts run is drawn from the seed: the only source of interleaving.
bool Simulation::run_ready_handler() {
  while (!ready_.empty()) {
    std::size_t pick = ready_.size() == 1 ? 0 : rng_.below(ready_.size());
    Host& host = *ready_[pick];
    running_ = &host;
    bool ran = host.process->poll();
    running_ = nullptr;
    if (ran) {
      ++handlers_;
      ++host.steps;
      trace_.step(host.index);
      finish_step(&host);
      return true;
    }
    host.ready = false;
    ready_[pick] = ready_.back();
    ready_.pop_back();
  }
  return false;
}

void Simulation::fire_next_event() {
  now_ = timeline_.next_time();
  auto [action, owner] = timeline_.pop();
  ++events_;
  Host* host = owner == Timeline::kNobody ? nullptr : hosts_[owner].get();
  running_ = host;
  action();
  running_ = nullptr;
  finish_step(host);
}

void Simulation::finish_step(Host* host) {
  if (host != nullptr && host->disk().dead()) doomed_.push_back(host);
  crash_doomed();
  for (auto& hook : hooks_) hook();
}

void Simulation::crash_doomed() {
  for (Host* host : std::exchange(doomed_, {}))
    if (host->doomed()) crash(*host);
}

bool Simulation::advance(TimePoint end) {
  crash_doomed();
  if (run_ready_handler()) return true;
  const TimePoint next = next_event();
  if (next > end || next == TimePoint::max()) return false;  // waits without an end stay waits
  fire_next_event();
  return true;
}

TimePoint Simulation::next_event() {
  return timeline_.empty() ? TimePoint::max() : timeline_.next_time();
}

void Simulation::run() {
  wake_all();
  while (step()) {
  }
}

void Simulation::run_until(TimePoint end) {
  wake_all();
  while (advance(end)) {
  }
  now_ = std::max(now_, end);
}

}  // namespace mxlab::sim
