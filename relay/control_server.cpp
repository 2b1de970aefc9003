#include "relay/control_server.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "relay/commands.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::relay {
namespace {
using namespace std::chrono_literals;

constexpr unsigned kControlMode = 0660, kSubmitMode = 0666;
// Connections at a time; one more is told to come back.
constexpr std::size_t kMostOperators = 64, kMostSubmitters = 256;
// Between two requests (a monitor asks each second), and for a submitter's next bytes.
constexpr world::Duration kIdle = 300s;
constexpr world::Duration kAnswerPatience = 30s;

/// Commands that only look are not worth a line in the log.
bool only_looks(const std::string& command) {
  return command == "digest" || command == "overview" || command == "why" ||
         command.starts_with("show ");
}

std::string who(const control::Channel& channel) {
  const auto credentials = channel.credentials();
  if (!credentials) return "unknown";
  return fmt::format("uid={} pid={}", credentials->user, credentials->process);
}

}  // namespace

ControlServer::ControlServer(world::World& world, Operator& desk, Submit submit)
    : world_(world), desk_(desk), submit_(std::move(submit)) {}

void ControlServer::open(const std::string& control_path, const std::string& submit_path) {
  if (!control_path.empty()) open(control_path, Kind::kControl);
  if (!submit_path.empty()) open(submit_path, Kind::kSubmit);
}

void ControlServer::open(const std::string& path, Kind kind) {
  auto listener =
      world_.network.listen_local(path, kind == Kind::kControl ? kControlMode : kSubmitMode);
  listeners_.push_back(listener.get());
  world::spawn(world_, accept_loop(this, std::move(listener), kind));
}

void ControlServer::close() {
  closing_ = true;
  for (world::Listener* listener : listeners_) listener->close();
  for (control::Channel* channel : channels_) channel->close();
}

awaitable<void> ControlServer::accept_loop(ControlServer* self,
                                           std::unique_ptr<world::Listener> listener, Kind kind) {
  try {
    while (!self->closing_) {
      auto stream = co_await listener->accept();
      world::spawn(self->world_, serve(self, std::move(stream), kind));
    }
  } catch (const std::system_error& error) {
    if (!self->closing_)
      self->world_.journal.warn(std::string("control: a local socket ended: ") + error.what());
  }
  std::erase(self->listeners_, listener.get());
}

awaitable<void> ControlServer::serve(ControlServer* self, std::unique_ptr<world::Stream> stream,
                                     Kind kind) {
  if (self->closing_) co_return;
  control::Channel channel(self->world_, std::move(stream));
  auto& counters = self->desk_.context().counters;
  self->channels_.push_back(&channel);
  counters.add("control.session");
  ++self->count_of(kind);
  std::string trouble;
  try {
    co_await self->converse(channel, kind);
  } catch (const control::FrameError& error) {
    trouble = error.what();
  } catch (const std::system_error&) {
    // The client has left, or was silent for too long: nobody is there to be told.
  }
  if (!trouble.empty())
    self->world_.journal.warn(fmt::format("control: {}: {}", who(channel), trouble));
  --self->count_of(kind);
  counters.add("control.session", -1);
  std::erase(self->channels_, &channel);
}

awaitable<void> ControlServer::converse(control::Channel& channel, Kind kind) {
  const std::size_t most = kind == Kind::kControl ? kMostOperators : kMostSubmitters;
  if (count_of(kind) > most)
    co_return co_await channel.write_line(
        control::encode(control::LastRecord{1, "too many connections, try again later"}),
        kAnswerPatience);
  while (auto line = co_await channel.read_line(kIdle))
    if (!co_await answer(channel, kind, std::move(*line))) co_return;
}

/// False: this connection is of no more use.
awaitable<bool> ControlServer::answer(control::Channel& channel, Kind kind, std::string line) {
  std::string trouble;
  try {
    auto asked = control::decode_request(line);
    if (auto* letter = std::get_if<control::SubmitRequest>(&asked)) {
      const auto submitted = co_await submit_(std::move(*letter), channel);
      co_await channel.write_line(control::encode(submitted), kAnswerPatience);
      co_return true;
    }
    const auto& request = std::get<control::Request>(asked);
    if (kind == Kind::kSubmit)
      throw control::FrameError("this socket takes letters, and nothing else");
    tell(channel, request);
    control::Answer answer(channel, request.json);
    auto last = co_await carry_out(desk_, request, answer);
    co_await answer.finish(std::move(last));
    co_return true;
  } catch (const control::FrameError& error) {
    trouble = error.what();
  }
  co_await channel.write_line(control::encode(control::LastRecord{1, trouble}), kAnswerPatience);
  throw control::FrameError(trouble);
}

void ControlServer::tell(const control::Channel& channel, const control::Request& request) {
  if (only_looks(request.command)) return;
  world_.journal.info(fmt::format(
      "control: {} command=\"{}\"{}{}", who(channel), request.command,
      request.arguments.empty() ? "" : " arguments=", fmt::join(request.arguments, ",")));
}

}  // namespace mxlab::relay
