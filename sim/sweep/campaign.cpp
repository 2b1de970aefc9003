#include "sim/sweep/campaign.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <fmt/format.h>
#include <map>
#include <poll.h>
#include <sstream>
#include <sys/time.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include "sim/report/pipe.hpp"
#include "sim/sweep/record.hpp"

namespace mxlab::sim {
namespace {

using Batch = std::deque<std::uint64_t>;  // seeds

constexpr std::size_t kBatch = 50;
constexpr std::time_t kSecondsOfAWorld = 60;  // of the processor, however busy the machine is

/// Reports wait here for those before them.
class InOrder {
 public:
  explicit InOrder(const std::function<void(const WorldReport&)>& done) : done_(done) {}
  void expect(std::uint64_t seed) { order_.push_back(seed); }
  void take(WorldReport report) {
    waiting_.emplace(report.seed, std::move(report));
    for (; !order_.empty(); order_.pop_front()) {
      const auto next = waiting_.find(order_.front());
      if (next == waiting_.end()) return;
      done_(next->second);
      waiting_.erase(next);
    }
  }

 private:
  const std::function<void(const WorldReport&)>& done_;
  std::deque<std::uint64_t> order_;
  std::map<std::uint64_t, WorldReport> waiting_;
};

/// Ends the process with SIGPROF when the next world takes longer.
void limit_processor_time() {
  const itimerval limit{{}, {kSecondsOfAWorld, 0}};
  ::setitimer(ITIMER_PROF, &limit, nullptr);
}

/// In the child; ends it.
[[noreturn]] void play_batch(const Source& source, const Batch& batch, int pipe) {
  for (const std::uint64_t seed : batch) {
    limit_processor_time();
    WorldReport report;
    try {
      report = play_world(source.scenario(seed), seed);
    } catch (const std::exception& error) {
      report.seed = seed;
      report.broken = {fmt::format("the lab itself failed: {}", error.what())};
    }
    report::write_all(pipe, to_line(report) + "\n");
  }
  std::exit(0);  // coverage counters are written there
}

std::string how_it_died(int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF)
    return fmt::format("the world does not end: {} s of processor time were not enough",
                       kSecondsOfAWorld);
  if (WIFSIGNALED(status))
    return fmt::format("the process died of signal {} ({})", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
  return fmt::format("the process ended with exit code {}", WEXITSTATUS(status));
}

class Campaign {
 public:
  Campaign(const Source& source, const CampaignOptions& options,
           const std::function<void(const WorldReport&)>& done)
      : source_(source), options_(options), reports_(done), next_seed_(options.seeds.first) {
    if (options.time) end_ = std::chrono::steady_clock::now() + *options.time;
  }

  void run() {
    for (;;) {
      while (workers_.size() < options_.jobs && start()) {
      }
      if (workers_.empty()) return;
      hear();
    }
  }

 private:
  struct Worker {
    report::Child child;
    Batch left;
  };

  bool start() {
    Batch batch = again_.empty() ? next_batch() : std::exchange(again_, {});
    if (batch.empty()) return false;
    auto work = [&](int pipe) { play_batch(source_, batch, pipe); };
    report::Child child = report::fork_child(work);
    workers_.push_back({std::move(child), std::move(batch)});
    return true;
  }

  Batch next_batch() {
    Batch batch;
    if (end_ && std::chrono::steady_clock::now() >= *end_) return batch;
    for (; next_seed_ <= options_.seeds.last && batch.size() < kBatch; ++next_seed_) {
      if (!options_.shard.has(next_seed_)) continue;
      batch.push_back(next_seed_);
      reports_.expect(next_seed_);
    }
    return batch;
  }

  void hear() {
    std::vector<pollfd> pipes;
    for (const Worker& worker : workers_) pipes.push_back({worker.child.pipe, POLLIN, 0});
    if (::poll(pipes.data(), pipes.size(), -1) < 0 && errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "poll");
    for (std::size_t i = pipes.size(); i-- > 0;) {
      if (pipes[i].revents == 0) continue;
      Worker& worker = workers_[i];
      const bool goes_on = report::listen_to(worker.child);
      read_lines(worker);
      if (goes_on) continue;
      bury(worker);
      workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  void read_lines(Worker& worker) {
    std::string& told = worker.child.told;
    for (std::size_t end = 0; (end = told.find('\n')) != std::string::npos;) {
      if (auto report = report_of(told.substr(0, end))) {
        worker.left.pop_front();
        reports_.take(std::move(*report));
      }
      told.erase(0, end + 1);
    }
  }

  /// Whoever owes a report has been ended by the world that it was about.
  void bury(Worker& worker) {
    const int status = report::wait_for_end(worker.child);
    if (worker.left.empty()) return;
    WorldReport report;
    report.seed = worker.left.front();
    report.broken = {how_it_died(status)};
    worker.left.pop_front();
    reports_.take(std::move(report));
    again_.insert(again_.end(), worker.left.begin(), worker.left.end());
  }

  const Source& source_;
  const CampaignOptions& options_;
  InOrder reports_;
  std::uint64_t next_seed_;
  std::optional<std::chrono::steady_clock::time_point> end_;
  std::vector<Worker> workers_;
  Batch again_;
};

}  // namespace

void run_campaign(const Source& source, const CampaignOptions& options,
                  const std::function<void(const WorldReport&)>& done) {
  Campaign(source, options, done).run();
}

}  // namespace mxlab::sim
