// real_local.cpp - local sockets (unix(7)) and the files they are known by.
#include <asio/local/stream_protocol.hpp>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "relay/world/real_network.hpp"
#include "relay/world/real_sockets.hpp"

namespace mxlab::world {

namespace {
using asio::local::stream_protocol;

[[noreturn]] void fail(int error, const std::string& path) {
  throw std::system_error(error, std::system_category(), path);
}

stream_protocol::endpoint endpoint_at(const std::string& path) {
  if (path.size() > kLongestLocalPath) fail(ENAMETOOLONG, path);
  return stream_protocol::endpoint(path);
}

/// connect(2) without waiting: 0, or errno. Asio would take the EAGAIN of a full backlog for a
/// connection under way, which local sockets do not have.
int try_connect(stream_protocol::socket& socket, const stream_protocol::endpoint& to) {
  if (!socket.is_open()) socket.open();
  socket.non_blocking(true);
  return ::connect(socket.native_handle(), to.data(), static_cast<socklen_t>(to.size())) == 0
             ? 0
             : errno;
}

/// The file of a socket that we have bound; removed at the end, unless it is another's by then.
class SocketFile {
 public:
  explicit SocketFile(std::string path) : path_(std::move(path)) {
    if (::lstat(path_.c_str(), &made_) != 0) fail(errno, path_);
  }
  ~SocketFile() {
    struct stat now {};
    if (::lstat(path_.c_str(), &now) == 0 && now.st_dev == made_.st_dev &&
        now.st_ino == made_.st_ino)
      ::unlink(path_.c_str());
  }
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;

  void set_mode(mode_t mode) {
    constexpr mode_t kPermissions = 07777;
    if ((made_.st_mode & kPermissions) == mode) return;
    if (::fchmodat(AT_FDCWD, path_.c_str(), mode, AT_SYMLINK_NOFOLLOW) != 0) fail(errno, path_);
  }

 private:
  std::string path_;
  struct stat made_ {};
};

/// Removes what a process that was killed has left; throws address_in_use for anything else.
void make_way(asio::io_context& io, const std::string& path) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) != 0) return;
  stream_protocol::socket probe(io);
  const bool dead =
      S_ISSOCK(there.st_mode) && try_connect(probe, endpoint_at(path)) == ECONNREFUSED;
  if (!dead) fail(EADDRINUSE, path);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail(errno, path);
}
}  // namespace

std::unique_ptr<Listener> RealNetwork::listen_local(std::string path, unsigned mode) {
  using LocalListener = SocketListener<stream_protocol>;
  const auto endpoint = endpoint_at(path);
  if (auto loan = adopted_.lend(path)) {
    stream_protocol::acceptor acceptor(io_, endpoint.protocol(), loan->descriptor);
    acceptor.listen(kLocalBacklog);
    return std::make_unique<LocalListener>(std::move(acceptor), clock_, std::move(loan->lease));
  }
  make_way(io_, path);
  stream_protocol::acceptor acceptor(io_, endpoint.protocol());
  std::error_code refused;
  acceptor.bind(endpoint, refused);
  if (refused) fail(refused.value(), path);
  // Until listen() everybody is refused: the file is never open to more than `mode` says.
  auto file = std::make_shared<SocketFile>(std::move(path));
  file->set_mode(static_cast<mode_t>(mode));
  acceptor.listen(kLocalBacklog);
  return std::make_unique<LocalListener>(std::move(acceptor), clock_, std::move(file));
}

awaitable<std::unique_ptr<Stream>> RealNetwork::connect_local(std::string path) {
  constexpr Duration kBreath = std::chrono::milliseconds(10);
  const auto endpoint = endpoint_at(path);
  stream_protocol::socket socket(io_);
  int error = 0;
  // A full backlog: connect(2) would wait as long as it takes. The caller has the deadline.
  while ((error = try_connect(socket, endpoint)) == EAGAIN) co_await clock_.sleep_for(kBreath);
  if (error != 0) fail(error, path);
  co_return std::make_unique<SocketStream<stream_protocol>>(std::move(socket));
}

}  // namespace mxlab::world
