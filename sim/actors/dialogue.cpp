#include "sim/actors/dialogue.hpp"

#include <asio/write.hpp>
#include <fmt/format.h>

#include "relay/smtp/ascii.hpp"
#include "relay/smtp/client_session.hpp"
#include "relay/smtp/deadline.hpp"
#include "relay/smtp/errors.hpp"
#include "relay/smtp/lines.hpp"
#include "relay/smtp/reply_reader.hpp"

namespace mxlab::sim {
namespace {

using world::awaitable;
constexpr std::string_view kClose = "close";

/// One conversation; lives in its coroutine's frame.
class Speaker {
 public:
  Speaker(world::World& world, const DialogueScript& script, std::unique_ptr<world::Stream> stream)
      : world_(world), script_(script), stream_(std::move(stream)) {
    session_ = fmt::format("{:016x}", world.random.next());
  }

  awaitable<std::string> run() {
    co_await hear();
    for (const std::string& text : script_.say) {
      if (over()) break;
      co_await say(text);
      // Without a line's end nothing is owed to us; a body is answered when it has ended.
      for (std::size_t owed = replies_owed(text); owed > 0 && !over(); --owed) co_await hear();
    }
    while (!over() && heard_ < script_.hear.size()) co_await hear();
    if (trouble_.empty() && heard_ < script_.hear.size())
      trouble_ = fmt::format("the peer hung up; still expected \"{}\"", script_.hear[heard_]);
    stream_->close();
    co_return trouble_;
  }

 private:
  bool over() const { return !trouble_.empty() || closed_; }

  awaitable<void> say(const std::string& text) {
    std::string wire = text;
    if (text.empty() || (text.back() != '\n' && text.back() != '\r')) wire += "\r\n";
    world_.journal.record({world::FactKind::kSent, session_, smtp::printable(text)});
    std::error_code error;
    try {
      smtp::Deadline deadline(world_.clock, *stream_, until());
      co_await asio::async_write(*stream_, asio::buffer(wire), asio::use_awaitable);
    } catch (const std::system_error& failure) {
      error = failure.code();
    }
    // The goodbye that may explain it is still to be read.
    if (error) closed_ = false;
  }

  std::size_t replies_owed(const std::string& text) {
    std::string wire = text;
    if (text.empty() || (text.back() != '\n' && text.back() != '\r')) wire += "\r\n";
    std::size_t owed = 0;
    for (std::size_t begin = 0, end; (end = wire.find("\r\n", begin)) != std::string::npos;
         begin = end + 2) {
      const std::string_view line = std::string_view(wire).substr(begin, end - begin);
      if (in_body_ && line != ".") continue;
      in_body_ = false;
      ++owed;
    }
    return owed;
  }

  awaitable<void> hear() {
    const std::string reply = co_await next_reply();
    in_body_ = reply.starts_with("354");
    if (heard_ >= script_.hear.size()) co_return;
    const std::string& expected = script_.hear[heard_++];
    const bool fits = closed_ ? expected == kClose : reply.starts_with(expected);
    if (!fits)
      trouble_ = fmt::format("reply {}: expected \"{}\", heard \"{}\"", heard_, expected, reply);
  }

  /// "250 2.1.5 Ok"; several lines are joined with blanks. "close …" when the peer hangs up.
  awaitable<std::string> next_reply() {
    smtp::ReplyReader reader;
    for (;;) {
      auto line = input_.next();
      if (!line) {
        if (co_await read()) continue;
        co_return std::string(kClose);
      }
      world_.journal.record({world::FactKind::kReceived, session_, smtp::printable(line->text)});
      const auto status = reader.add(*line);
      if (status == smtp::ReplyReader::Status::kMalformed) co_return line->text;
      if (status == smtp::ReplyReader::Status::kComplete) co_return reader.take().text();
    }
  }

  /// False when nothing will come any more.
  awaitable<bool> read() {
    char buffer[4096];
    std::error_code error;
    try {
      smtp::Deadline deadline(world_.clock, *stream_, until());
      const auto n = co_await stream_->async_read_some(asio::buffer(buffer), asio::use_awaitable);
      input_.append({buffer, n});
      if (deadline.expired()) error = std::make_error_code(std::errc::timed_out);
    } catch (const std::system_error& failure) {
      error = failure.code();
    }
    closed_ = static_cast<bool>(error);
    co_return !closed_;
  }

  world::SteadyPoint until() const { return world_.clock.steady_now() + script_.patience; }

  world::World& world_;
  const DialogueScript& script_;
  std::unique_ptr<world::Stream> stream_;
  std::string session_;
  smtp::LineBuffer input_{smtp::kMaxReplyLine};
  std::size_t heard_ = 0;
  bool in_body_ = false;
  bool closed_ = false;
  std::string trouble_;
};

}  // namespace

world::awaitable<std::string> hold_dialogue(world::World& world, DialogueScript script) {
  std::unique_ptr<world::Stream> stream;
  std::string trouble;
  try {
    stream = co_await smtp::connect_within(world, script.to, script.patience);
  } catch (const std::system_error& error) {
    trouble = "cannot connect: " + smtp::describe(error.code());
  }
  if (!stream) co_return trouble;
  Speaker speaker(world, script, std::move(stream));
  co_return co_await speaker.run();
}

}  // namespace mxlab::sim
