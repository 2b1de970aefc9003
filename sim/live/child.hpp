// child.hpp - a program that runs on a machine of the lab: started, listened to, signalled.
#pragma once
#include <asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/live/machine.hpp"

namespace mxlab::sim::live {

struct Command {
  std::vector<std::string> words;                    // a program's path on the machine, arguments
  std::map<std::string, std::string> environment{};  // added to PATH, HOME and LANG, which are all
  /// As root of the machine; else as its user 1000, who may use any port and owns all its files.
  bool root = false;
};

/// The descriptor on which a program writes its events: `mxrelayd --events fd:3`.
inline constexpr int kEventDescriptor = 3;

/// Who hears of what a program says: complete lines without their end. Unset: nobody.
struct Ears {
  std::function<void(std::string line)> out, error, events;
  /// Its exit status, or 128 + the signal; after everything that it has said.
  std::function<void(int status)> ended;
};

/// Destroying it kills the program and forgets the ears.
class Child {
 public:
  /// Starts it. Throws std::system_error when it cannot be started.
  Child(asio::io_context& io, const Machine& machine, const Command& command, Ears ears);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// To its standard input, as fast as it reads.
  void write(std::string bytes);
  void close_input();
  /// SIGTERM, SIGKILL, SIGSTOP, SIGCONT …; ignored once it has ended.
  void signal(int number);
  /// SIGKILL; returns when it is dead and all that it had said was heard. Nobody hears of the end.
  void kill();
  /// Nothing while it runs.
  std::optional<int> status() const;
  int pid() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A program's exit status and all that it said.
struct Finished {
  int status = 0;
  std::string out, error;
};
/// Runs a program to its end and waits for it; `input` is all its standard input.
Finished run_program(const Machine& machine, const Command& command, const std::string& input = "");
/// The same in the lab's own namespaces, as root of the sandbox.
Finished run_program(const std::vector<std::string>& words, const std::string& input = "");
/// Runs a function in a process of its own on the machine (as root) and waits for it; returns what
/// it returns (0 to 255), or 128 + the signal.
int run_function(const Machine& machine, const std::function<int()>& function);

}  // namespace mxlab::sim::live
