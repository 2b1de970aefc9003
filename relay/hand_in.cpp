#include "relay/hand_in.hpp"

namespace mxlab::relay {
namespace {

// For the next piece: whoever writes a letter by hand may think for a while.
constexpr world::Duration kPatience = std::chrono::minutes(5);
constexpr std::size_t kCodeLength = 4;  // "250 "
// Of a letter that is refused already; who goes on after that is cut off.
constexpr std::uint64_t kMostDropped = 256ull * 1024 * 1024;

control::Submitted answer_of(const smtp::Reply& reply) {
  return {reply.code, reply.text().substr(kCodeLength)};
}

smtp::Reply not_stored() { return {451, "4.3.0", "Cannot store the message, try again later"}; }

awaitable<void> drop_body(control::Channel& channel) {
  std::uint64_t dropped = 0;
  while (auto piece = co_await channel.read_body(kPatience)) {
    dropped += piece->size();
    if (dropped > kMostDropped) throw control::FrameError("a refused letter goes on for ever");
  }
}

/// False: the disk has not taken it.
awaitable<bool> pour(smtp::MessageSink& sink, std::string piece) try {
  co_await sink.write(std::move(piece));
  co_return true;
} catch (const std::system_error&) {
  co_return false;
}

awaitable<smtp::Reply> take_body(smtp::MessageSink& sink, control::Channel& channel) {
  while (auto piece = co_await channel.read_body(kPatience)) {
    if (co_await pour(sink, std::move(*piece))) continue;
    co_await drop_body(channel);
    co_return not_stored();
  }
  co_return (co_await sink.commit()).reply;
}

}  // namespace

awaitable<control::Submitted> hand_in(BeginSubmission begin, control::SubmitRequest request,
                                      control::Channel& channel) {
  SubmissionEnvelope envelope{std::move(request.sender), std::move(request.recipients),
                              std::move(request.dsn_notify), std::move(request.dsn_ret),
                              std::move(request.dsn_envid)};
  auto begun = co_await begin(std::move(envelope));
  if (const auto* refusal = std::get_if<smtp::Reply>(&begun)) {
    co_await drop_body(channel);
    co_return answer_of(*refusal);
  }
  auto sink = std::get<std::unique_ptr<smtp::MessageSink>>(std::move(begun));
  co_return answer_of(co_await take_body(*sink, channel));
}

}  // namespace mxlab::relay
