#include "tests/live/inside.hpp"

#include <asio/ip/tcp.hpp>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/live/launch.hpp"
#include "sim/live/pipe.hpp"
#include "sim/live/sandbox.hpp"

namespace mxlab::sim::live {
namespace {

using asio::ip::tcp;

int socket_for(const tcp::endpoint& endpoint, int flags = 0) {
  return ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
}

void listen_on(std::uint16_t port) {
  const tcp::endpoint all(asio::ip::address_v6::any(), port);  // IPv4 as well
  const int socket = socket_for(all);
  if (::bind(socket, all.data(), static_cast<socklen_t>(all.size())) != 0 ||
      ::listen(socket, 16) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot listen");
}

int try_to_connect(const tcp::endpoint& to, int limit) {
  const int socket = socket_for(to, SOCK_NONBLOCK);
  if (::connect(socket, to.data(), static_cast<socklen_t>(to.size())) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd wait{socket, POLLOUT, 0};
  if (::poll(&wait, 1, limit) == 0) return EINPROGRESS;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

}  // namespace

void LiveTest::SetUp() {
  if (const auto why = why_not()) GTEST_SKIP() << *why;
}

void inside(const std::function<void(const std::filesystem::path&)>& body) {
  const int status = run_inside([&body](const std::filesystem::path& place) {
    body(place);
    return ::testing::Test::HasFailure() ? 1 : 0;
  });
  EXPECT_EQ(status, 0) << "what failed inside the sandbox stands above";
}

Listening::Listening(const Machine& machine, std::uint16_t port) {
  Pipe ready;
  process_ = ::fork();
  if (process_ == 0) {
    try {
      enter(machine, As::kRoot);
      listen_on(port);
      ready.close();
      ::pause();
    } catch (const std::exception& error) {
      ready.write_all(error.what());
    }
    ::_exit(1);
  }
  ready.close_writing();
  EXPECT_EQ(ready.read_all(), "");
}

Listening::~Listening() {
  ::kill(process_, SIGKILL);
  wait_for(process_);
}

int connect_from(const Machine& machine, const world::Endpoint& to, int limit_milliseconds) {
  return run_function(machine, [&] {
    return try_to_connect(tcp::endpoint(to.address, to.port), limit_milliseconds);
  });
}

world::Endpoint endpoint(const std::string& address, std::uint16_t port) {
  return {asio::ip::make_address(address), port};
}

}  // namespace mxlab::sim::live
