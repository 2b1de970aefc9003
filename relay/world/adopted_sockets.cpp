#include "relay/world/adopted_sockets.hpp"

#include <asio/error.hpp>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace mxlab::world {
namespace {

/// Large enough for each family, and readable as each.
union Name {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_un local;
};

[[noreturn]] void refuse(const std::string& why) {
  throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                          "a socket that was handed over cannot be used: " + why);
}

int option(int descriptor, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(descriptor, level, name, &value, &size) != 0) refuse(std::strerror(errno));
  return value;
}

std::string name_of_v6(int descriptor, const sockaddr_in6& raw) {
  asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), raw.sin6_addr.s6_addr, bytes.size());
  const asio::ip::address_v6 address(bytes, raw.sin6_scope_id);
  if (address.is_unspecified() && option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY) == 0)
    refuse("it takes IPv4 connections too; set BindIPv6Only=ipv6-only in its unit");
  return to_string(Endpoint{address, ntohs(raw.sin6_port)});
}

std::string name_of(int descriptor) {
  Name name{};
  socklen_t size = sizeof name;
  if (::getsockname(descriptor, &name.any, &size) != 0) refuse(std::strerror(errno));
  if (option(descriptor, SOL_SOCKET, SO_TYPE) != SOCK_STREAM) refuse("it is not a stream socket");
  switch (name.any.sa_family) {
    case AF_INET:
      return to_string(
          Endpoint{asio::ip::address_v4(ntohl(name.v4.sin_addr.s_addr)), ntohs(name.v4.sin_port)});
    case AF_INET6:
      return name_of_v6(descriptor, name.v6);
    case AF_UNIX:
      if (name.local.sun_path[0] != '/') refuse("it has no path");
      return name.local.sun_path;
    default:
      refuse("its address family is unknown");
  }
}

}  // namespace

/// Closed by whoever needs it last.
class AdoptedSockets::Descriptor {
 public:
  explicit Descriptor(int number)
      : number_(number), shared_(option(number, SOL_SOCKET, SO_ACCEPTCONN) != 0) {}
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }
  /// Linux keeps the address and lets listen(2) begin anew.
  void stop_listening() const {
    if (!shared_) ::shutdown(number_, SHUT_RDWR);
  }

 private:
  int number_;
  bool shared_;
};

class AdoptedSockets::Lease {
 public:
  explicit Lease(std::shared_ptr<Descriptor> of) : of_(std::move(of)) {}
  ~Lease() { of_->stop_listening(); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

 private:
  std::shared_ptr<Descriptor> of_;
};

void AdoptedSockets::add(int descriptor) {
  const std::string name = name_of(descriptor);
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  if (sockets_.contains(name)) refuse(name + " came twice");
  sockets_[name] = {std::make_shared<Descriptor>(descriptor), {}};
}

std::optional<AdoptedSockets::Loan> AdoptedSockets::lend(const std::string& name) {
  auto found = sockets_.find(name);
  if (found == sockets_.end()) return std::nullopt;
  Socket& socket = found->second;
  if (!socket.lease.expired()) throw std::system_error(asio::error::address_in_use);
  const int duplicate = ::fcntl(socket.descriptor->number(), F_DUPFD_CLOEXEC, 0);
  if (duplicate < 0) throw std::system_error(errno, std::system_category(), name);
  auto lease = std::make_shared<Lease>(socket.descriptor);
  socket.lease = lease;
  return Loan{duplicate, std::move(lease)};
}

}  // namespace mxlab::world
