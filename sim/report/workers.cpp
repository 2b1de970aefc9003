#include "sim/report/workers.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <poll.h>
#include <sys/wait.h>
#include <system_error>

#include "sim/report/pipe.hpp"

namespace mxlab::report {
namespace {

struct Worker {
  std::size_t number = 0;  // of its file
  Child child;
};

/// In the child. exit(), not _exit(): coverage counters are written there.
[[noreturn]] void work_and_exit(int pipe, const std::function<Outcome()>& work) {
  int status = 0;
  try {
    const auto json = to_json(work());
    write_all(pipe, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    status = 1;
  }
  std::exit(status);
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("its process was ended by signal {} ({})", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
  return fmt::format("its process ended with exit code {}", WEXITSTATUS(status));
}

Outcome finish(Child& child, const std::string& file) {
  const int status = wait_for_end(child);
  std::string trouble = how_it_ended(status);
  if (status == 0) try {
      return outcome_of(nlohmann::ordered_json::parse(child.told));
    } catch (const nlohmann::json::exception& error) {
      trouble = error.what();
    }
  Outcome outcome;
  outcome.file = file;
  outcome.errors.push_back("the lab itself failed: " + trouble);
  return outcome;
}

/// Waits until somebody has something to tell, and hears it. Those at their end are moved out.
std::vector<Worker> wait_for_news(std::vector<Worker>& workers) {
  std::vector<pollfd> pipes;
  for (const Worker& worker : workers) pipes.push_back({worker.child.pipe, POLLIN, 0});
  if (poll(pipes.data(), pipes.size(), -1) < 0 && errno != EINTR)
    throw std::system_error(errno, std::generic_category(), "poll");
  std::vector<Worker> ended, going;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    const bool on = pipes[i].revents == 0 || listen_to(workers[i].child);
    (on ? going : ended).push_back(std::move(workers[i]));
  }
  workers = std::move(going);
  return ended;
}

}  // namespace

void run_in_processes(const std::vector<std::string>& files, std::size_t jobs,
                      const std::function<Outcome(const std::string&)>& work,
                      const std::function<void(Outcome)>& done) {
  std::vector<Worker> workers;
  std::map<std::size_t, Outcome> waiting;  // for those before them
  std::size_t started = 0, reported = 0;
  const auto start = [&](std::size_t number) {
    workers.push_back({number, fork_child([&](int pipe) {
                         work_and_exit(pipe, [&] { return work(files[number]); });
                       })});
  };
  while (reported < files.size()) {
    while (workers.size() < std::max<std::size_t>(jobs, 1) && started < files.size())
      start(started++);
    for (Worker& worker : wait_for_news(workers))
      waiting.emplace(worker.number, finish(worker.child, files[worker.number]));
    for (auto next = waiting.find(reported); next != waiting.end(); next = waiting.find(reported)) {
      done(std::move(next->second));
      waiting.erase(next);
      ++reported;
    }
  }
}

}  // namespace mxlab::report
