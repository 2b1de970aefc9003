#include "sim/world/sim_network.hpp"

#include <asio/error.hpp>
#include <cerrno>
#include <utility>

#include "sim/world/process.hpp"
#include "sim/world/simulation.hpp"

namespace mxlab::sim {

namespace {
class SimStream final : public world::Stream {
 public:
  explicit SimStream(TcpRef end)
      : end_(std::move(end)), executor_(end_->host->process->io().get_executor()) {}
  ~SimStream() override { close_end(end_, false); }

  executor_type get_executor() override { return executor_; }
  void start_read(asio::mutable_buffer buffer, world::IoCompletion done) override;
  void start_write(asio::const_buffer buffer, world::IoCompletion done) override;
  void cancel() override { abort_operations(*end_); }
  void close() override { close_end(end_, false); }
  Endpoint peer() const override { return end_->other->local; }
  Endpoint local() const override { return end_->local; }
  std::optional<world::Credentials> credentials() const override { return end_->peer_process; }

 private:
  TcpRef end_;
  executor_type executor_;
};

void SimStream::start_read(asio::mutable_buffer buffer, world::IoCompletion done) {
  if (!end_->attached) return end_->host->post(std::move(done), asio::error::bad_descriptor, 0);
  if (buffer.size() == 0) return end_->host->post(std::move(done), {}, 0);
  end_->want = buffer;
  end_->reader = std::move(done);
  try_read(*end_);
}

void SimStream::start_write(asio::const_buffer buffer, world::IoCompletion done) {
  if (!end_->attached) return end_->host->post(std::move(done), asio::error::bad_descriptor, 0);
  if (buffer.size() == 0) return end_->host->post(std::move(done), {}, 0);
  end_->offer = buffer;
  end_->writer = std::move(done);
  try_write(end_);
}
}  // namespace

std::unique_ptr<world::Stream> make_stream(TcpRef end) {
  return std::make_unique<SimStream>(std::move(end));
}

Address source_for(const Host& host, const Address& peer) {
  if (peer.is_loopback()) return peer;
  for (const Address& address : host.addresses)
    if (address.is_v4() == peer.is_v4()) return address;
  throw std::system_error(asio::error::network_unreachable);
}

void check_bindable(const Host& host, const Address& local) {
  if (!local.is_unspecified() && !host.owns(local))
    throw std::system_error(EADDRNOTAVAIL, asio::error::get_system_category(), "bind");
}

std::uint16_t Sockets::ephemeral_port(Host& host) {
  constexpr std::uint16_t kFirst = 32768, kLast = 60999;  // Linux's ip_local_port_range
  if (next_port == 0)
    next_port = static_cast<std::uint16_t>(kFirst + host.random.below(kLast - kFirst + 1));
  if (++next_port > kLast) next_port = kFirst;
  return next_port;
}

world::awaitable<std::unique_ptr<world::Stream>> SimNetwork::connect(Endpoint peer) {
  const Address source = source_for(host_, peer.address);
  co_return co_await connect_from(source, std::move(peer));
}

world::awaitable<std::unique_ptr<world::Stream>> SimNetwork::connect_from(Address source,
                                                                          Endpoint peer) {
  check_bindable(host_, source);
  if (source.is_v4() != peer.address.is_v4())
    throw std::system_error(asio::error::address_family_not_supported);
  auto connector = make_connector(host_, source, peer);
  co_await wait_for([connector](world::Wakeup done) { begin_connect(connector, std::move(done)); },
                    [connector] { abort_connect(*connector); });
  co_return std::move(connector->stream);
}

std::unique_ptr<world::DatagramSocket> SimNetwork::open_datagrams(Endpoint local) {
  return make_datagram_socket(host_, local);
}

std::vector<world::InterfaceAddress> SimNetwork::interfaces() const {
  std::vector<world::InterfaceAddress> all{{"lo", asio::ip::make_address("127.0.0.1"), false},
                                           {"lo", asio::ip::make_address("::1"), false}};
  for (const Address& address : host_.addresses) all.push_back({"egress", address, true});
  return all;
}

}  // namespace mxlab::sim
