// control_server.hpp - the relay's local sockets: control.sock for operators, submit.sock for all.
//
// The file's mode decides who may connect to the control socket (0660: root, the relay's own user
// and its group); the submission socket is everybody's, and knows one command. Whatever a client
// sends, it can end its own connection and nothing else.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "relay/control/answer.hpp"
#include "relay/operator.hpp"

namespace mxlab::relay {

/// Takes one letter that is handed in on this host: reads its body from the channel, and says what
/// became of it. The credentials are those of the process that hands it in.
using Submit =
    std::function<awaitable<control::Submitted>(control::SubmitRequest, control::Channel&)>;

class ControlServer {
 public:
  ControlServer(world::World& world, Operator& desk, Submit submit);

  /// Opens both sockets; an empty path: not that one. Throws std::system_error.
  void open(const std::string& control_path, const std::string& submit_path);
  /// Listens no more, and ends every connection.
  void close();
  bool listening() const { return !listeners_.empty(); }

 private:
  enum class Kind { kControl, kSubmit };
  void open(const std::string& path, Kind kind);
  static awaitable<void> accept_loop(ControlServer* self, std::unique_ptr<world::Listener> listener,
                                     Kind kind);
  static awaitable<void> serve(ControlServer* self, std::unique_ptr<world::Stream> stream,
                               Kind kind);
  awaitable<void> converse(control::Channel& channel, Kind kind);
  awaitable<bool> answer(control::Channel& channel, Kind kind, std::string line);
  std::size_t& count_of(Kind kind) { return kind == Kind::kControl ? operators_ : submitters_; }
  void tell(const control::Channel& channel, const control::Request& request);

  world::World& world_;
  Operator& desk_;
  Submit submit_;
  std::vector<world::Listener*> listeners_;  // owned by their accept loops
  std::vector<control::Channel*> channels_;  // owned by their sessions
  std::size_t operators_ = 0, submitters_ = 0;
  bool closing_ = false;
};

}  // namespace mxlab::relay
