// story.hpp - one queue through three lives: one that ends as planned, one that ends in a power
// cut, one that only looks. What breaks a promise on the way is told in a sentence.
#pragma once
#include <optional>

#include "sim/world/rng.hpp"
#include "tests/queue/ledger.hpp"
#include "tests/queue/machine.hpp"

namespace mxlab::queue::testing {

enum class End { kPowerCut, kKill };

struct Plan {
  std::uint64_t seed = 1;
  std::uint64_t die_after = 0;  // a call of the first life
  End end = End::kPowerCut;     // how the first life ends
  std::optional<sim::DiskFault> fault;
  bool fault_at_boot = false;    // it hits the second life's opening, not the first life
  bool populated = false;        // a life went before, and stopped as it should
  std::uint64_t second_cut = 0;  // the power fails at this call of the second life's opening
  int messages = 2;              // of each writer
  std::size_t body = 6'000;      // at most
};

class Story {
 public:
  explicit Story(const Plan& plan);
  /// What broke, or nothing.
  std::string run();
  std::uint64_t calls_of_first_life() const { return first_life_; }
  /// A hash over every call and every byte written.
  std::uint64_t steps() const { return steps_; }

 private:
  void populate();
  void live_first();
  void live_second();
  void look_at_last();
  void crash(End end);
  bool boot();
  void work();
  void check(const char* when);
  void check_file();
  asio::awaitable<void> write_messages();
  asio::awaitable<void> one_message();
  asio::awaitable<Found> look();
  asio::awaitable<Told> commit(Transaction transaction);

  Plan plan_;
  sim::Rng random_;
  sim::Rng disk_random_ = sim::Rng::derived(plan_.seed, 1);
  sim::SimDisk disk_;
  Ledger ledger_;
  std::unique_ptr<Machine> machine_;
  std::string wrong_;
  std::uint64_t first_life_ = 0;
  std::uint64_t steps_ = 0xcbf29ce484222325u;
};

}  // namespace mxlab::queue::testing
