// simulation.hpp - hosts on virtual time: one thread, one timeline, seeded chance.
//
// Every host runs its process on a real asio::io_context that is only ever polled. While a host
// has a ready handler it runs, one at a time, in an order drawn from the seed; when none has, time
// jumps to the next event. The same seed and the same program give the same trace hash. OpenSSL's
// and SQLite's generators and libc's clock follow the simulation that lives; one at a time.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/world/host.hpp"
#include "sim/world/rng.hpp"
#include "sim/world/timeline.hpp"
#include "sim/world/trace.hpp"
#include "sim/world/wires.hpp"

namespace mxlab::sim {

using world::SteadyPoint;

class Simulation {
 public:
  /// 2030-01-01T00:00:00Z.
  static constexpr TimePoint kStart{std::chrono::sys_days(std::chrono::year(2030) / 1 / 1)};

  explicit Simulation(std::uint64_t seed, TimePoint start = kStart);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  /// A machine with the interfaces "egress" (these addresses) and "lo". It has no power yet.
  Host& add_host(std::string name, std::vector<Address> addresses);
  Host* find(std::string_view name);
  Host* find(const Address& address);
  const std::vector<std::unique_ptr<Host>>& hosts() const { return hosts_; }

  /// Builds the process in its world and returns its owner, which is kept until the process has
  /// ended: every suspended coroutine dies first.
  using Program = std::function<std::shared_ptr<void>(World&)>;
  void boot(Host& host, Program program);
  /// Power cut. Peers are told nothing; the disk forgets what it may. When one of the host's
  /// handlers is running, this only requests it.
  void crash(Host& host);
  /// kill -9: the kernel lives on, closes the sockets, and keeps the page cache.
  void kill(Host& host);
  /// The same, as the orderly end after the program's own shutdown.
  void stop(Host& host);
  /// May be called from anywhere, from within a disk call too: from now on nothing leaves the host;
  /// it crashes as soon as the current step returns.
  void request_power_cut(Host& host);

  /// Script events run between handlers. A time in the past is now.
  std::uint64_t at(TimePoint when, std::function<void()> event);
  std::uint64_t at(Duration since_start, std::function<void()> event);
  void cancel(std::uint64_t event);

  /// One ready handler, or else one event. False when nothing is left to happen until then.
  bool step(TimePoint end = TimePoint::max()) { return advance(end); }
  /// When the next event comes; TimePoint::max() for never.
  TimePoint next_event();
  void run();
  /// All that happens until then, and then it is then.
  void run_until(TimePoint end);
  void run_until(Duration since_start) { run_until(start_ + since_start); }
  void run_for(Duration span) { run_until(now_ + span); }
  /// Called after every step, once the crashes that it asked for have happened.
  void after_step(std::function<void()> hook) { hooks_.push_back(std::move(hook)); }

  TimePoint now() const { return now_; }
  TimePoint start() const { return start_; }
  Duration elapsed() const { return now_ - start_; }
  SteadyPoint steady_now() const { return SteadyPoint(kUptime + elapsed()); }
  TimePoint time_of(SteadyPoint at) const;

  std::uint64_t seed() const { return seed_; }
  /// All that chance still has to decide follows another seed from now on. For copies of one world.
  void reseed(std::uint64_t seed);
  Rng& rng() { return rng_; }
  Trace& trace() { return trace_; }
  Wires& wires() { return wires_; }

  std::uint64_t events() const { return events_; }
  std::uint64_t handlers() const { return handlers_; }
  std::uint64_t network_events() const { return network_events_; }  // packets that arrived

  // For the simulation's own parts.
  Timeline& timeline() { return timeline_; }
  void count_packet() { ++network_events_; }
  /// The host may have a ready handler. Needed by who posts to its executor from outside.
  void wake(Host& host);
  /// Whom a packet from this host to that address reaches; nullptr: nobody has it.
  Host* route(Host& from, const Address& address);
  Verdict verdict(const Host& from, const Host* to, std::uint16_t port, std::uint16_t other) const;
  std::uint64_t next_connection() { return ++connections_; }

 private:
  static constexpr Duration kUptime = std::chrono::hours(1);  // the steady clock is not the wall's

  bool advance(TimePoint end);
  bool run_ready_handler();
  void fire_next_event();
  void finish_step(Host* host);
  void crash_doomed();
  void wake_all();
  void end_process(Host& host, bool power_cut);
  void end_sockets(Host& host, bool power_cut);

  const std::uint64_t seed_;
  const TimePoint start_;
  TimePoint now_;
  Rng rng_;
  Rng openssl_random_;
  Rng sqlite_random_;
  Trace trace_{now_};
  Wires wires_;
  Timeline timeline_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::map<Address, Host*> by_address_;
  std::vector<Host*> ready_;
  std::vector<Host*> doomed_;
  std::vector<std::function<void()>> hooks_;
  Host* running_ = nullptr;
  std::uint64_t events_ = 0;
  std::uint64_t handlers_ = 0;
  std::uint64_t network_events_ = 0;
  std::uint64_t connections_ = 0;
};

}  // namespace mxlab::sim
