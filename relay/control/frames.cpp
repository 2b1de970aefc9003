#include "relay/control/frames.hpp"

#include <array>
#include <asio/error.hpp>
#include <asio/redirect_error.hpp>
#include <asio/write.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "relay/smtp/deadline.hpp"

namespace mxlab::control {
namespace {

constexpr std::size_t kReadSize = 8 * 1024;
constexpr const char* kEnd = R"({"end":true})";

auto into(std::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

void check(std::error_code error, const smtp::Deadline& deadline) {
  if (deadline.expired()) throw std::system_error(std::make_error_code(std::errc::timed_out));
  if (error) throw std::system_error(error);
}

}  // namespace

std::optional<std::size_t> announced_bytes(std::string_view line) {
  const auto json = nlohmann::json::parse(line, nullptr, false);
  const auto at = json.is_object() ? json.find("bytes") : json.end();
  if (at == json.end()) return std::nullopt;
  if (!at->is_number_unsigned() || at->get<std::uint64_t>() > kMaxRun)
    throw FrameError(fmt::format("a run has at most {} bytes", kMaxRun));
  return at->get<std::size_t>();
}

Channel::Channel(world::World& world, std::unique_ptr<world::Stream> stream)
    : world_(world), stream_(std::move(stream)) {}

world::SteadyPoint Channel::after(world::Duration span) const {
  return world_.clock.steady_now() + span;
}

/// Reads once; false at the end of the stream.
awaitable<bool> Channel::fill(world::SteadyPoint until) {
  std::array<char, kReadSize> chunk;
  smtp::Deadline deadline(world_.clock, *stream_, until);
  std::error_code error;
  auto count = co_await stream_->async_read_some(asio::buffer(chunk), into(error));
  if (error == asio::error::eof) co_return false;
  check(error, deadline);
  input_.append(chunk.data(), count);
  co_return true;
}

awaitable<std::optional<std::string>> Channel::read_line(world::Duration patience) {
  const auto until = after(patience);
  std::size_t searched = 0;
  for (;;) {
    const auto end = input_.find('\n', searched);
    if (end != std::string::npos && end <= kMaxLine) {
      std::string line = input_.substr(0, end);
      input_.erase(0, end + 1);
      co_return line;
    }
    if (input_.size() > kMaxLine)
      throw FrameError(fmt::format("a line has at most {} bytes", kMaxLine));
    searched = input_.size();
    if (co_await fill(until)) continue;
    if (input_.empty()) co_return std::nullopt;
    throw FrameError("the connection ended in the middle of a line");
  }
}

awaitable<std::string> Channel::read_bytes(std::size_t count, world::Duration patience) {
  const auto until = after(patience);
  while (input_.size() < count)
    if (!co_await fill(until)) throw FrameError("the connection ended in the middle of a body");
  std::string bytes = input_.substr(0, count);
  input_.erase(0, count);
  co_return bytes;
}

awaitable<std::optional<std::string>> Channel::read_body(world::Duration patience) {
  auto line = co_await read_line(patience);
  if (!line) throw FrameError("the connection ended in the middle of a body");
  if (*line == kEnd) co_return std::nullopt;
  auto count = announced_bytes(*line);
  if (!count || *count == 0) throw FrameError("neither bytes nor the end of a body");
  co_return co_await read_bytes(*count, patience);
}

awaitable<void> Channel::write(std::string bytes, world::SteadyPoint until) {
  smtp::Deadline deadline(world_.clock, *stream_, until);
  std::error_code error;
  co_await asio::async_write(*stream_, asio::buffer(bytes), into(error));
  check(error, deadline);
}

awaitable<void> Channel::write_line(std::string json, world::Duration patience) {
  co_await write(std::move(json) + "\n", after(patience));
}

awaitable<void> Channel::write_frames(std::string frames, world::Duration patience) {
  co_await write(std::move(frames), after(patience));
}

awaitable<void> Channel::write_body(std::string_view bytes, world::Duration patience) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kMaxRun))) {
    const auto run = bytes.substr(0, kMaxRun);
    co_await write(fmt::format("{{\"bytes\":{}}}\n{}", run.size(), run), after(patience));
  }
}

awaitable<void> Channel::end_body(world::Duration patience) { co_await write_line(kEnd, patience); }

}  // namespace mxlab::control
