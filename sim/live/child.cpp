#include "sim/live/child.hpp"

#include <array>
#include <asio/buffer.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/write.hpp>
#include <csignal>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/live/launch.hpp"
#include "sim/live/pipe.hpp"
#include "sim/live/system.hpp"

namespace mxlab::sim::live {
namespace {

using asio::posix::stream_descriptor;

constexpr std::size_t kMaxLine = 64 * 1024 * 1024;  // a message with all its lines is one event

/// The lines of one of its outputs.
class LineReader : public std::enable_shared_from_this<LineReader> {
 public:
  LineReader(asio::io_context& io, int descriptor, std::function<void(std::string)> ear)
      : descriptor_(io, descriptor), ear_(std::move(ear)) {
    descriptor_.non_blocking(true);
  }

  void read() {
    descriptor_.async_wait(stream_descriptor::wait_read,
                           [self = shared_from_this()](asio::error_code error) {
                             if (!error && self->take()) self->read();
                           });
  }
  /// What it said before it ended.
  void finish() {
    while (take()) {
    }
    if (!held_.empty()) tell(std::exchange(held_, {}));
    forget();
  }
  void forget() {
    ear_ = {};
    asio::error_code ignored;
    descriptor_.close(ignored);
  }

 private:
  /// False when there is nothing more (now, or for good).
  bool take() {
    if (!descriptor_.is_open()) return false;
    asio::error_code error;
    const std::size_t got = descriptor_.read_some(asio::buffer(block_), error);
    held_.append(block_.data(), got);
    for (std::size_t end; (end = held_.find('\n')) != std::string::npos;) {
      std::string line = held_.substr(0, end);
      held_.erase(0, end + 1);
      tell(std::move(line));
    }
    if (held_.size() > kMaxLine) held_.clear();
    return !error;
  }
  void tell(std::string line) {
    // The ear may forget us while it listens.
    if (auto ear = ear_) ear(std::move(line));
  }

  stream_descriptor descriptor_;
  std::function<void(std::string)> ear_;
  std::string held_;
  std::array<char, 16384> block_{};
};

}  // namespace

struct Child::State : std::enable_shared_from_this<State> {
  State(asio::io_context& i) : io(i), input(i), watch(i) {}

  void listen_to(Pipe& pipe, const std::function<void(std::string)>& ear) {
    readers.push_back(std::make_shared<LineReader>(io, pipe.take_reading(), ear));
    readers.back()->read();
  }

  void watch_end(std::function<void(int)> ended) {
    watch.async_wait(stream_descriptor::wait_read,
                     [self = shared_from_this(), ended](asio::error_code error) {
                       if (error || self->forgotten) return;
                       self->status = wait_for(self->process);
                       for (const auto& reader : self->readers) reader->finish();
                       if (ended && !self->forgotten) ended(*self->status);
                     });
  }

  void write_pending() {
    writing = std::exchange(pending, {});
    asio::async_write(input, asio::buffer(writing),
                      [self = shared_from_this()](asio::error_code error, std::size_t) {
                        self->writing.clear();
                        if (error) return;
                        if (!self->pending.empty()) return self->write_pending();
                        if (self->closing) self->close_input();
                      });
  }
  void close_input() {
    asio::error_code ignored;
    input.close(ignored);
  }

  asio::io_context& io;
  pid_t process = -1;
  stream_descriptor input, watch;
  std::vector<std::shared_ptr<LineReader>> readers;
  std::string pending, writing;
  bool closing = false, forgotten = false;
  std::optional<int> status;
};

Child::Child(asio::io_context& io, const Machine& machine, const Command& command, Ears ears)
    : state_(std::make_shared<State>(io)) {
  Pipe in, out, error, events;
  state_->process =
      launch(&machine, command,
             {in.reading(), out.writing(), error.writing(), ears.events ? events.writing() : -1});
  // glibc 2.36 declares pidfd_open() for C alone.
  const auto watch = static_cast<int>(::syscall(SYS_pidfd_open, state_->process, 0));
  require(watch >= 0, "cannot watch " + command.words.at(0));
  state_->watch.assign(watch);
  state_->input.assign(in.take_writing());
  state_->input.non_blocking(true);
  state_->listen_to(events, ears.events);
  state_->listen_to(error, ears.error);
  state_->listen_to(out, ears.out);
  state_->watch_end(std::move(ears.ended));
}

Child::~Child() {
  state_->forgotten = true;
  if (!state_->status) {
    ::kill(state_->process, SIGKILL);
    state_->status = wait_for(state_->process);
  }
  for (const auto& reader : state_->readers) reader->forget();
  asio::error_code ignored;
  state_->watch.close(ignored);
  state_->close_input();
}

void Child::kill() {
  if (state_->status) return;
  state_->forgotten = true;
  ::kill(state_->process, SIGKILL);
  state_->status = wait_for(state_->process);
  // An ear may drop this object.
  for (const auto readers = state_->readers; const auto& reader : readers) reader->finish();
}

void Child::write(std::string bytes) {
  if (state_->status || !state_->input.is_open()) return;
  state_->pending += bytes;
  if (state_->writing.empty()) state_->write_pending();
}

void Child::close_input() {
  state_->closing = true;
  if (state_->writing.empty()) state_->close_input();
}

void Child::signal(int number) {
  if (!state_->status) ::kill(state_->process, number);
}

std::optional<int> Child::status() const { return state_->status; }
int Child::pid() const { return state_->process; }

}  // namespace mxlab::sim::live
