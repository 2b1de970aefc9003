// minimise.hpp - shrinks a scenario that fails to the smallest one that fails in the same way.
//
// Delta debugging: whatever can be left out is left out, what is left becomes rounder and closer
// together, until nothing more can go. The same failure is one of the same class
// (sim/judge/failure_class.hpp). A broken promise of every run is looked for before the scenario's
// own, and nothing may break that did not break before: what is left will pass once the fault is
// mended.
// Where an expectation fails, only what makes life harder is left out, and other expectations:
// without the mail itself, "one mail arrives" would fail for another reason.
#pragma once
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "sim/shrink/trial.hpp"

namespace mxlab::shrink {

struct MinimiseOptions {
  std::optional<std::uint64_t> seed;  // else the scenario's own
  std::chrono::seconds time{600};     // of real time; then the best so far is the result
  std::size_t jobs = 1;
  std::function<void(const std::string& line)> progress = [](const std::string&) {};
};

struct Minimised {
  std::optional<Failed> failure;  // absent: the scenario does not fail, and there is no text
  std::string text;
  std::uint64_t seed = 0;
  std::size_t steps = 0;     // of the story that is left
  std::uint64_t played = 0;  // stories
  bool complete = true;      // false: time was up
};

/// `text` is a scenario that can be read, and stands for `file`. The same text, seed and limits
/// give the same result, whatever `jobs` is, unless time is up.
Minimised minimise(const std::string& file, const std::string& text,
                   const MinimiseOptions& options);

}  // namespace mxlab::shrink
