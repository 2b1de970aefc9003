// fork_pool.hpp - copies of this process that go on for themselves and report a few lines.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace mxlab::sim {

class ForkPool {
 public:
  explicit ForkPool(std::size_t jobs);
  ~ForkPool();
  ForkPool(const ForkPool&) = delete;
  ForkPool& operator=(const ForkPool&) = delete;

  /// True in the copy, false in the original. Waits while too many copies run.
  bool fork(const std::string& name);
  /// For copies: says its lines and ends.
  [[noreturn]] void end(const std::vector<std::string>& lines);
  /// For the original: waits for all.
  void join();

  struct Report {
    std::string name, line;
  };
  /// What the copies said; a copy that died without a word is reported, too.
  const std::vector<Report>& reports() const { return reports_; }
  std::uint64_t bad() const { return bad_; }

 private:
  void reap_one();
  void drain_pipe();

  std::size_t jobs_;
  int read_end_ = -1, write_end_ = -1;
  std::string name_;  // in a copy
  std::map<pid_t, std::string> running_;
  std::string unread_;
  std::vector<Report> reports_;
  std::uint64_t bad_ = 0;
};

}  // namespace mxlab::sim
