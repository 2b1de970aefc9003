// real_datagrams.cpp - UDP sockets that hear of ICMP errors although they are not connected
// (IP_RECVERR, see ip(7)): a name server that is not there is known at once.
#include <asio/ip/udp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/redirect_error.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <utility>

#include "relay/world/real_network.hpp"

namespace mxlab::world {

namespace {
using asio::ip::udp;

class UdpSocket final : public DatagramSocket {
 public:
  UdpSocket(asio::io_context& io, const udp::endpoint& local) : socket_(io) {
    socket_.open(local.protocol());
    if (local.address().is_v6()) socket_.set_option(asio::ip::v6_only(true));
    socket_.bind(local);
    socket_.non_blocking(true);
    local_ = {socket_.local_endpoint().address(), socket_.local_endpoint().port()};
    report_icmp_errors();
  }
  awaitable<Datagram> receive() override;
  void send(Datagram datagram) override;
  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }
  Endpoint local() const override { return local_; }

 private:
  static constexpr std::size_t kLargest = 65535;
  void report_icmp_errors();
  void empty_error_queue();

  udp::socket socket_;
  Endpoint local_;
  bool refused_ = false;  // a send was told what receive() has to say
};

void UdpSocket::report_icmp_errors() {
  int on = 1;
  bool v4 = local_.address.is_v4();
  ::setsockopt(socket_.native_handle(), v4 ? IPPROTO_IP : IPPROTO_IPV6,
               v4 ? IP_RECVERR : IPV6_RECVERR, &on, sizeof on);
}

/// The kernel keeps a copy of each error, and repeats it until it is fetched.
void UdpSocket::empty_error_queue() {
  constexpr int kMostErrors = 1000;
  msghdr nothing{};
  for (int i = 0; i < kMostErrors; ++i)
    if (::recvmsg(socket_.native_handle(), &nothing, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
}

awaitable<Datagram> UdpSocket::receive() {
  std::string buffer(kLargest, '\0');
  while (socket_.is_open()) {
    udp::endpoint from;
    error_code error;
    std::size_t size = 0;
    if (!refused_)
      size = co_await socket_.async_receive_from(asio::buffer(buffer), from,
                                                 asio::redirect_error(asio::use_awaitable, error));
    if (!socket_.is_open()) break;
    if (std::exchange(refused_, false)) error = asio::error::connection_refused;
    if (!error) {
      buffer.resize(size);
      co_return Datagram{{from.address(), from.port()}, std::move(buffer)};
    }
    empty_error_queue();
    if (error == asio::error::connection_refused || error == asio::error::operation_aborted)
      throw std::system_error(error);
  }
  throw std::system_error(asio::error::operation_aborted);
}

void UdpSocket::send(Datagram datagram) {
  udp::endpoint to(datagram.peer.address, datagram.peer.port);
  error_code error;
  socket_.send_to(asio::buffer(datagram.payload), to, 0, error);
  if (error != asio::error::connection_refused) return;
  // An earlier datagram's error came first and kept this one from leaving.
  empty_error_queue();
  error_code ignored;
  socket_.send_to(asio::buffer(datagram.payload), to, 0, ignored);
  refused_ = true;
  socket_.cancel(ignored);  // receive() learns of it
}
}  // namespace

std::unique_ptr<DatagramSocket> open_real_datagrams(asio::io_context& io, Random& random,
                                                    Endpoint local) {
  constexpr std::uint64_t kFirst = 1024, kPorts = 65536 - kFirst;
  constexpr int kMostTries = 100;  // a port may be taken
  if (local.port != 0)
    return std::make_unique<UdpSocket>(io, udp::endpoint(local.address, local.port));
  for (int tries = 1;; ++tries) {
    local.port = static_cast<std::uint16_t>(kFirst + random.next() % kPorts);
    try {
      return std::make_unique<UdpSocket>(io, udp::endpoint(local.address, local.port));
    } catch (const std::system_error& error) {
      if (error.code() != asio::error::address_in_use || tries == kMostTries) throw;
    }
  }
}

}  // namespace mxlab::world
