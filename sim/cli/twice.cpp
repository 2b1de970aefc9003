#include "sim/cli/twice.hpp"

#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <sstream>
#include <unistd.h>

#include "sim/report/pipe.hpp"

namespace mxlab::cli {
namespace {
using report::Outcome;

constexpr std::size_t kPadding = 5000;  // bytes by which the environment, and so the stack, moves

enum class Place { kHere, kFarAway };

/// What `mxlab run FILE --seed N OPTION` prints.
std::string run_program_again(const Outcome& outcome, const char* option, Place place) {
  const std::string seed = std::to_string(outcome.seed);
  report::Child child = report::fork_child([&](int pipe) {
    if (place == Place::kFarAway) {
      setenv("TZ", "NZST-12NZDT,M9.5.0,M4.1.0/3", 1);
      setenv("MXLAB_PADDING", std::string(kPadding, 'x').c_str(), 1);
    }
    dup2(pipe, STDOUT_FILENO);
    execl("/proc/self/exe", "mxlab", "run", outcome.file.c_str(), "--seed", seed.c_str(), option,
          static_cast<char*>(nullptr));
  });
  while (report::listen_to(child)) {
  }
  report::wait_for_end(child);
  return std::move(child.told);
}

std::string first_difference(const Outcome& outcome) {
  std::istringstream here(run_program_again(outcome, "--verbose", Place::kHere));
  std::istringstream there(run_program_again(outcome, "--verbose", Place::kFarAway));
  std::string first, second;
  for (;;) {
    const bool more = static_cast<bool>(std::getline(here, first));
    if (!std::getline(there, second) && !more) break;
    if (first != second) return fmt::format("first   {}\nsecond  {}\n", first, second);
  }
  return "no printed event differs: compare what the events carry\n";
}

}  // namespace

void run_again(Outcome& outcome) {
  if (outcome.verdict > report::Verdict::kFailed) return;  // there is no trace worth comparing
  const std::string told = run_program_again(outcome, "--hash", Place::kFarAway);
  const std::string hash = report::hash_text(outcome.trace_hash);
  if (told.starts_with(hash)) return;
  outcome.verdict = report::Verdict::kNotDeterministic;
  outcome.errors.push_back(fmt::format("the second run's trace is {}, not {}; they part here:\n{}",
                                       told.substr(0, hash.size()), hash,
                                       first_difference(outcome)));
}

}  // namespace mxlab::cli
