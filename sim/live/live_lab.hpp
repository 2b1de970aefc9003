// live_lab.hpp - the stage on real wires: machines in a sandbox, real programs on them, real time.
//
// Everything comes as events of one io_context: what the programs say of themselves, questions to
// the name server, timers. Nothing sleeps; who waits goes on event by event until its deadline.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "fakedns/server.hpp"
#include "relay/world/real_disk.hpp"
#include "relay/world/real_world.hpp"
#include "sim/live/actor_process.hpp"
#include "sim/live/faults.hpp"
#include "sim/live/relay_process.hpp"
#include "sim/live/story_clock.hpp"
#include "sim/live/wire_secrets.hpp"
#include "sim/live/wires.hpp"
#include "sim/run/stage.hpp"

namespace mxlab::sim::live {

/// What must be there before the stage that reads its trace.
struct LiveTrace {
  TimePoint recorded{};  // when the latest event happened
  Trace events{recorded};
};

/// A host over all its lives. Which of the pointers is set depends on what plays it.
struct LiveHost {
  std::unique_ptr<LiveStation> station;
  ActorProcess* actor = nullptr;
  RelayProcess* relay = nullptr;
  std::string fault;
  bool without_power = false;
  std::vector<Delivered> mail;  // as read last
};

class LiveLab final : private LiveTrace, public Stage {
 public:
  struct Options {
    std::filesystem::path place;     // the sandbox's directory
    std::string mxrelayd;            // the program
    Duration story{};                // how long it takes on virtual time
    WireSecrets* secrets = nullptr;  // if given, overhears the programs
    std::string clock_library{};     // only where the scenario's speed is not 1
  };
  /// Inside a sandbox. Returns when everybody is up. Throws std::runtime_error with a sentence.
  LiveLab(const scenario::Scenario& scenario, const Options& options);

  TimePoint now() const override;
  TimePoint start() const override { return start_; }
  bool step(TimePoint limit) override;
  void run_until(TimePoint end) override;
  void at(TimePoint when, std::function<void()> event) override;
  void after_step(std::function<void()> hook) override { hooks_.push_back(std::move(hook)); }
  Duration tolerance() const override { return in_story(scenario().live.tolerance); }
  /// Real time takes not much longer than virtual time did, or something is wrong.
  Duration patience(Duration wanted) const override { return std::min(wanted, longest_wait_); }

  bool is_up(HostNumber host) override { return hosts_[host].station->is_up(); }
  void boot(HostNumber host) override;
  void stop(HostNumber host) override;
  void kill(HostNumber host) override { end(host, EventKind::kKill); }
  /// Killed, and nothing leaves the machine any more. What it has written is not lost, as it might
  /// be in a real power cut: only the simulation shows that.
  void crash(HostNumber host) override;
  void strike(const scenario::Strike&) override { never_played(); }
  void pause(HostNumber host, const std::string& part, bool paused, Told told) override;
  void schedule(HostNumber host, Told told) override;
  void set_full(HostNumber host, bool full) override;
  std::string fault_of(HostNumber host) override { return hosts_[host].fault; }

  void network(const scenario::HostAction& action) override;
  void answer(const scenario::Answer& answer) override;
  void slow(const scenario::Slow& slow) override;
  void lie(const scenario::DnsLie& lie) override;
  void fail_disk(const scenario::DiskFault&) override { never_played(); }
  void step_clock(const scenario::ClockStep&) override { never_played(); }
  void heal_everything() override;
  void change_dns(const scenario::DnsChange& change) override;

  void hold(const scenario::Dialogue& dialogue, Told told) override;
  std::vector<Delivered> mail_of(HostNumber host) override;
  std::vector<control::QueueRow> rows_of(HostNumber host) override;

 protected:
  void submit(HostNumber host, Letter letter, Told told) override;
  const std::vector<Delivered>& delivered_to(HostNumber host) override;
  bool knows_its_queue(HostNumber) override { return true; }

 private:
  /// playable.hpp keeps such stories away.
  [[noreturn]] static void never_played() { throw std::logic_error("is only simulated"); }
  void add_station(HostNumber host, const Options& options);
  void change_programs(const Options& options);
  void serve_names();
  void boot_all();
  void end(HostNumber host, EventKind how);
  void note_fact(HostNumber host, TimePoint at, const world::Fact& fact);
  void note_question(const fakedns::Answered& question);
  void note(HostNumber host, EventKind kind, std::string_view text = {});
  void schedule_again();
  TimePoint next_deadline(TimePoint limit) const;
  /// How much of the story goes by in a span of real time.
  Duration in_story(Duration real) const { return real * clock_.speed; }
  void fire_due();
  /// Goes on until it is done; afterwards what it returned, or `late`.
  template <class Value>
  Value finish(awaitable<Value> work, Value late);
  /// Begins it; `told` hears how it ended.
  void begin(awaitable<std::string> work, Told told);

  world::RealDisk disk_;
  std::unique_ptr<world::Journal> journal_;
  Wires wires_;
  Faults faults_;
  fakedns::ZoneSet zones_;
  fakedns::Lies lies_;
  std::vector<scenario::HostSpec> specs_;  // as played here
  std::multimap<TimePoint, std::function<void()>> timers_;
  std::vector<std::function<void()>> hooks_;
  TimePoint start_{};
  std::unique_ptr<world::RealWorld> world_;
  StoryClock clock_;
  Duration longest_wait_;
  std::vector<LiveHost> hosts_;  // their programs end before the loop that listens to them
};

}  // namespace mxlab::sim::live
