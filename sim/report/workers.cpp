#include "sim/report/workers.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <poll.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace mxlab::report {
namespace {

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// A running process and what it has told so far.
struct Worker {
  std::size_t number = 0;  // of its file
  pid_t process = 0;
  int pipe = -1;
  std::string told;
};

void write_all(int pipe, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(pipe, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;  // the parent is gone: nobody to tell
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// In the child: never returns into the parent's frames.
[[noreturn]] void work_and_exit(int pipe, const std::function<Outcome()>& work) {
  int status = 0;
  try {
    const auto json = to_json(work());
    write_all(pipe, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    status = 1;
  }
  std::fflush(nullptr);
  _exit(status);
}

Worker start(std::size_t number, const std::function<Outcome()>& work) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw_errno("pipe");
  std::fflush(nullptr);  // else the child would print the parent's buffers once more
  const pid_t process = fork();
  if (process < 0) throw_errno("fork");
  if (process == 0) {
    close(ends[0]);
    work_and_exit(ends[1], work);
  }
  close(ends[1]);
  return {number, process, ends[0], {}};
}

/// False at the end of what the worker tells.
bool listen_to(Worker& worker) {
  std::array<char, 65536> buffer;
  const ssize_t got = read(worker.pipe, buffer.data(), buffer.size());
  if (got < 0 && errno == EINTR) return true;
  if (got < 0) throw_errno("read");
  worker.told.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("its process was ended by signal {} ({})", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
  return fmt::format("its process ended with exit code {}", WEXITSTATUS(status));
}

Outcome finish(Worker& worker, const std::string& file) {
  close(worker.pipe);
  int status = 0;
  while (waitpid(worker.process, &status, 0) < 0 && errno == EINTR) {
  }
  if (status == 0) try {
      return outcome_of(nlohmann::ordered_json::parse(worker.told));
    } catch (const nlohmann::json::exception& error) {
      worker.told = error.what();
    }
  Outcome outcome;
  outcome.file = file;
  outcome.errors.push_back("the lab itself failed: " + how_it_ended(status));
  return outcome;
}

/// Waits until somebody has something to tell, and hears it. Those at their end are moved out.
std::vector<Worker> wait_for_news(std::vector<Worker>& workers) {
  std::vector<pollfd> pipes;
  for (const Worker& worker : workers) pipes.push_back({worker.pipe, POLLIN, 0});
  if (poll(pipes.data(), pipes.size(), -1) < 0 && errno != EINTR) throw_errno("poll");
  std::vector<Worker> ended, going;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    const bool on = pipes[i].revents == 0 || listen_to(workers[i]);
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
  while (reported < files.size()) {
    for (; workers.size() < std::max<std::size_t>(jobs, 1) && started < files.size(); ++started)
      workers.push_back(start(started, [&] { return work(files[started]); }));
    for (Worker& worker : wait_for_news(workers))
      waiting.emplace(worker.number, finish(worker, files[worker.number]));
    for (auto next = waiting.find(reported); next != waiting.end(); next = waiting.find(reported)) {
      done(std::move(next->second));
      waiting.erase(next);
      ++reported;
    }
  }
}

}  // namespace mxlab::report
