#include "sim/actors/dialogue.hpp"

#include <asio/write.hpp>
#include <fmt/format.h>

#include "relay/smtp/ascii.hpp"
#include "relay/smtp/client_session.hpp"
#include "relay/smtp/deadline.hpp"
#include "relay/smtp/errors.hpp"
#include "relay/smtp/lines.hpp"
#include "relay/smtp/reply_reader.hpp"
#include "sim/actors/owed_replies.hpp"

namespace mxlab::sim {
namespace {

using world::awaitable;
constexpr std::string_view kClose = "close", kSilence = "silence";

/// As a person writes it down.
std::string_view without_end(std::string_view wire) {
  return wire.ends_with("\r\n") ? wire.substr(0, wire.size() - 2) : wire;
}

/// One conversation; lives in its coroutine's frame.
class Speaker {
 public:
  Speaker(world::World& world, const DialogueScript& script, std::unique_ptr<world::Stream> stream)
      : world_(world), script_(script), stream_(std::move(stream)) {
    session_ = fmt::format("{:016x}", world.random.next());
  }

  awaitable<std::string> run() {
    co_await hear();
    for (const std::string& text : script_.say)
      if (!over()) co_await exchange(text);
    while (!over() && heard_ < script_.hear.size()) co_await hear();
    if (trouble_.empty() && heard_ < script_.hear.size())
      trouble_ = fmt::format("the conversation ended; still expected \"{}\"", script_.hear[heard_]);
    stream_->close();
    co_return trouble_;
  }

 private:
  bool over() const { return !trouble_.empty() || ended_; }

  awaitable<void> exchange(std::string text) {
    const OwedReplies::Wire wire = owed_.take(std::move(text));
    co_await say(wire.bytes);
    std::string reply;
    for (std::size_t i = 0; i < wire.replies && !over(); ++i) reply = co_await hear();
    if (wire.replies > 0) owed_.heard(reply);
  }

  awaitable<void> say(const std::string& wire) {
    world_.journal.record({world::FactKind::kSent, session_, smtp::printable(without_end(wire))});
    try {
      smtp::Deadline deadline(world_.clock, *stream_, until());
      co_await asio::async_write(*stream_, asio::buffer(wire), asio::use_awaitable);
    } catch (const std::system_error&) {
      // What the peer said before it went is still to be heard, and then its going.
    }
  }

  /// The next reply, compared with what is expected of it.
  awaitable<std::string> hear() {
    std::string reply = co_await next_reply();
    if (heard_ >= script_.hear.size()) co_return reply;
    const std::string& expected = script_.hear[heard_++];
    const bool fits = ended_ ? reply == expected : reply.starts_with(expected);
    if (!fits)
      trouble_ = fmt::format("reply {}: expected \"{}\", heard \"{}\"", heard_, expected, reply);
    co_return reply;
  }

  /// "250 2.1.5 Ok"; several lines are joined with blanks. Or "close", or "silence".
  awaitable<std::string> next_reply() {
    smtp::ReplyReader reader;
    for (;;) {
      auto line = input_.next();
      if (!line) {
        const std::string end = co_await read();
        if (!end.empty()) co_return end;
        continue;
      }
      world_.journal.record({world::FactKind::kReceived, session_, smtp::printable(line->text)});
      const auto status = reader.add(*line);
      if (status == smtp::ReplyReader::Status::kMalformed) co_return line->text;
      if (status == smtp::ReplyReader::Status::kComplete) co_return reader.take().text();
    }
  }

  /// Empty: something has come. Else how it ended.
  awaitable<std::string> read() {
    char buffer[4096];
    smtp::Deadline deadline(world_.clock, *stream_, until());
    try {
      const auto n = co_await stream_->async_read_some(asio::buffer(buffer), asio::use_awaitable);
      input_.append({buffer, n});
      co_return "";
    } catch (const std::system_error&) {
      ended_ = true;
    }
    co_return std::string(deadline.expired() ? kSilence : kClose);
  }

  world::SteadyPoint until() const { return world_.clock.steady_now() + script_.patience; }

  world::World& world_;
  const DialogueScript& script_;
  std::unique_ptr<world::Stream> stream_;
  std::string session_;
  smtp::LineBuffer input_{smtp::kMaxReplyLine};
  OwedReplies owed_;
  std::size_t heard_ = 0;
  bool ended_ = false;
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
