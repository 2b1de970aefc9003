// answer.hpp - the relay's side of an answer: records, gathered into few writes.
//
// A queue of a hundred thousand rows goes out page by page: who reads slowly makes the writer wait,
// and who reads no more is left alone after a while.
#pragma once
#include <string>

#include "relay/control/messages.hpp"

namespace mxlab::control {

class Answer {
 public:
  /// `json`: the client wants records instead of texts.
  Answer(Channel& channel, bool json) : channel_(channel), json_(json) {}

  bool json() const { return json_; }
  /// One line, or several without the last line end.
  awaitable<void> text(std::string lines);
  /// One JSON object.
  awaitable<void> record(std::string json);
  /// Bytes of a message.
  awaitable<void> bytes(std::string body);
  /// The last record; all that waits is sent with it.
  awaitable<void> finish(LastRecord last);

 private:
  awaitable<void> put(std::string frame);

  Channel& channel_;
  bool json_;
  std::string output_;
};

}  // namespace mxlab::control
