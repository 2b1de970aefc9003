#include "sim/live/pipe.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "sim/live/system.hpp"

namespace mxlab::sim::live {
namespace {

void close_end(int& descriptor) {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

}  // namespace

Pipe::Pipe() {
  int ends[2];
  require(::pipe2(ends, O_CLOEXEC) == 0, "cannot make a pipe");
  reading_ = ends[0];
  writing_ = ends[1];
}

int Pipe::take_reading() { return std::exchange(reading_, -1); }
int Pipe::take_writing() { return std::exchange(writing_, -1); }
void Pipe::close_reading() { close_end(reading_); }
void Pipe::close_writing() { close_end(writing_); }

void Pipe::close() {
  close_reading();
  close_writing();
}

void Pipe::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(writing_, bytes.data(), bytes.size());
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    if (written < 0 && errno != EINTR) return;
  }
}

std::string Pipe::read_all() {
  std::string all;
  for (char block[4096];;) {
    const ssize_t got = ::read(reading_, block, sizeof block);
    if (got > 0) all.append(block, static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) return all;
  }
}

}  // namespace mxlab::sim::live
