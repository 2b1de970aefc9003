// trial.hpp - plays scenario texts, each in a process of its own, and tells what broke.
//
// A simulation leaves traces in its process, and a broken relay may abort or spin: so each trial is
// forked, and neither is the end of those that follow.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace mxlab::sim {
class Lab;
}

namespace mxlab::shrink {

/// Something that must not be, and the class of such failures (sim/judge/failure_class.hpp).
struct Failed {
  std::string kind, sentence;
  bool invariant = true;  // else an expectation of the scenario
  bool is_like(const Failed& other) const {
    return kind == other.kind && invariant == other.invariant;
  }
};

struct Finding {
  std::vector<Failed> failures;
  std::uint64_t steps = 0;  // of the simulation
  const Failed* find(const Failed& like) const;
};

/// Plays the scenario in this process, which must be forked for it. A world that goes on for more
/// steps than that fails by this alone. `watch` gets the lab before the story begins.
Finding play_here(const scenario::Scenario& scenario, std::uint64_t seed, std::uint64_t most_steps,
                  const std::function<void(sim::Lab&)>& watch = {});

struct Trial {
  const std::string* text;
  std::uint64_t seed;
};

class Trials {
 public:
  /// `file` is what the texts stand for: configuration files are beside it, messages name it.
  Trials(std::string file, std::size_t jobs) : file_(std::move(file)), jobs_(jobs) {}

  void limit_steps(std::uint64_t most) { most_steps_ = most; }
  Finding play(const std::string& text, std::uint64_t seed);
  /// The first trial, in this order, whose finding is wanted. Texts that are no scenario are passed
  /// over. Later ones may have been begun by then; the answer does not depend on it.
  std::optional<std::size_t> first(const std::vector<Trial>& trials,
                                   const std::function<bool(const Finding&)>& wanted);
  std::uint64_t played() const { return played_; }

 private:
  std::string play_and_tell(const scenario::Scenario& scenario, std::uint64_t seed) const;

  std::string file_;
  std::size_t jobs_;
  std::uint64_t most_steps_ = 10'000'000;
  std::uint64_t played_ = 0;
};

}  // namespace mxlab::shrink
