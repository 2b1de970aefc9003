#include "sim/shrink/trial.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <deque>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/judge/failure_class.hpp"
#include "sim/report/pipe.hpp"
#include "sim/run/lab_runner.hpp"
#include "sim/run/load.hpp"

namespace mxlab::shrink {
namespace {

constexpr unsigned kSecondsOfATrial = 300;  // beyond every limit of steps

struct Endless {};

Failed broken_invariant(const std::string& sentence) {
  return {sim::failure_class(sentence), sentence, true};
}

Failed broken_expectation(const sim::Broken& broken) {
  const std::string sentence =
      fmt::format("{}{}{}: {} is expected, and it is {}", broken.host,
                  broken.host.empty() ? "" : ": ", broken.what, broken.expected, broken.actual);
  return {sim::failure_class(broken), sentence.substr(0, sentence.find('\n')), false};
}

std::string to_text(const Finding& finding) {
  nlohmann::json json{{"steps", finding.steps}, {"failures", nlohmann::json::array()}};
  for (const Failed& failed : finding.failures)
    json["failures"].push_back({failed.kind, failed.sentence, failed.invariant});
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Finding finding_of(const std::string& told, int status) {
  Finding finding;
  if (WIFSIGNALED(status)) {
    finding.failures.push_back(
        broken_invariant(fmt::format("the process died of signal {}", WTERMSIG(status))));
    return finding;
  }
  const auto json = nlohmann::json::parse(told, nullptr, false);
  if (json.is_discarded()) return finding;
  finding.steps = json.at("steps");
  for (const auto& failed : json.at("failures"))
    finding.failures.push_back({failed.at(0), failed.at(1), failed.at(2)});
  return finding;
}

Finding wait_for(report::Child& child) {
  while (report::listen_to(child)) {
  }
  const int status = report::wait_for_end(child);
  return finding_of(child.told, status);
}

void give_up(report::Child& child) {
  ::kill(child.process, SIGKILL);
  report::wait_for_end(child);
}

}  // namespace

const Failed* Finding::find(const Failed& like) const {
  const auto found = std::find_if(failures.begin(), failures.end(),
                                  [&](const Failed& failed) { return failed.is_like(like); });
  return found == failures.end() ? nullptr : &*found;
}

Finding play_here(const scenario::Scenario& scenario, std::uint64_t seed, std::uint64_t most_steps,
                  const std::function<void(sim::Lab&)>& watch) {
  Finding finding;
  sim::LabRunner runner(scenario, {seed, std::nullopt, true});
  runner.lab().simulation.after_step([&finding, most_steps] {
    if (++finding.steps > most_steps) throw Endless();
  });
  if (watch) watch(runner.lab());
  try {
    const sim::RunResult result = runner.run();
    for (const std::string& sentence : result.invariants)
      finding.failures.push_back(broken_invariant(sentence));
    for (const sim::Failure& failure : result.failures)
      finding.failures.push_back(broken_expectation(failure.broken));
  } catch (const Endless&) {
    finding.failures.push_back(
        broken_invariant(fmt::format("the world did not come to its end in {} steps", most_steps)));
  }
  return finding;
}

/// In a copy of this process, which ends with it.
std::string Trials::play_and_tell(const scenario::Scenario& scenario, std::uint64_t seed) const {
  ::alarm(kSecondsOfATrial);
  // What an abort has to say, it says in the end to whoever repeats the failure.
  if (std::freopen("/dev/null", "w", stderr) == nullptr) return {};
  try {
    return to_text(play_here(scenario, seed, most_steps_));
  } catch (const std::exception& error) {
    Finding finding;
    finding.failures.push_back(broken_invariant(fmt::format("the lab failed: {}", error.what())));
    return to_text(finding);
  }
}

Finding Trials::play(const std::string& text, std::uint64_t seed) {
  Finding found;
  first({{&text, seed}}, [&](const Finding& finding) {
    found = finding;
    return true;
  });
  return found;
}

std::optional<std::size_t> Trials::first(const std::vector<Trial>& trials,
                                         const std::function<bool(const Finding&)>& wanted) {
  struct Running {
    std::size_t number;
    report::Child child;
  };
  std::deque<Running> running;
  std::optional<std::size_t> hit;
  for (std::size_t next = 0; !hit && (next < trials.size() || !running.empty());) {
    if (next < trials.size() && running.size() < std::max<std::size_t>(jobs_, 1)) {
      const auto loaded = sim::load_scenario(file_, *trials[next].text);
      if (loaded.scenario)
        running.push_back({next, report::fork_child([&](int pipe) {
                             report::write_all(pipe,
                                               play_and_tell(*loaded.scenario, trials[next].seed));
                             ::_exit(0);  // nothing of the world is to be taken down in order
                           })});
      ++next;
      continue;
    }
    Running oldest = std::move(running.front());
    running.pop_front();
    ++played_;
    if (wanted(wait_for(oldest.child))) hit = oldest.number;
  }
  for (Running& late : running) give_up(late.child);
  return hit;
}

}  // namespace mxlab::shrink
