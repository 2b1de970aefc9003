#include "relay/metrics_server.hpp"

#include <array>
#include <asio/redirect_error.hpp>
#include <asio/write.hpp>
#include <fmt/format.h>
#include <stdexcept>

#include "relay/control/metrics.hpp"
#include "relay/smtp/deadline.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::relay {
namespace {
using namespace std::chrono_literals;

constexpr std::size_t kMostHead = 8 * 1024;  // of a request
constexpr std::size_t kMostClients = 16;
constexpr world::Duration kPatience = 10s;  // for a whole connection
constexpr int kBacklog = 16;
constexpr unsigned kSocketMode = 0660;

auto into(std::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

std::string page(std::string_view status, std::string_view type, std::string_view body) {
  return fmt::format(
      "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
      status, type, body.size(), body);
}

std::string plain(std::string_view status, std::string_view body) {
  return page(status, "text/plain; charset=utf-8", fmt::format("{}\n", body));
}

/// The request line and its header; empty when it never comes to an end.
awaitable<std::string> read_head(world::Stream& stream) {
  std::string head;
  std::array<char, 1024> chunk;
  while (head.size() <= kMostHead && head.find("\r\n\r\n") == std::string::npos) {
    std::error_code error;
    const auto count = co_await stream.async_read_some(asio::buffer(chunk), into(error));
    if (error) co_return std::string();
    head.append(chunk.data(), count);
  }
  co_return head.size() <= kMostHead ? head : std::string();
}

}  // namespace

std::optional<world::Endpoint> metrics_endpoint(const std::string& where) {
  if (where.starts_with('/')) return std::nullopt;
  const auto colon = where.rfind(':');
  std::string host = where.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  std::error_code wrong;
  const auto address = asio::ip::make_address(host, wrong);
  const unsigned long port =
      colon == std::string::npos ? 0 : std::strtoul(where.c_str() + colon + 1, nullptr, 10);
  if (wrong || port == 0 || port > 0xffff)
    throw std::invalid_argument(
        fmt::format("metrics {}: write ADDRESS:PORT, as in 127.0.0.1:9125, or a path", where));
  return world::Endpoint{address, static_cast<std::uint16_t>(port)};
}

MetricsServer::MetricsServer(world::World& world, MetricsPages pages)
    : world_(world), pages_(std::move(pages)) {}

void MetricsServer::open(const std::string& where) {
  const auto endpoint = metrics_endpoint(where);
  auto listener = endpoint ? world_.network.listen(*endpoint, kBacklog)
                           : world_.network.listen_local(where, kSocketMode);
  listener_ = listener.get();
  world::spawn(world_, accept_loop(this, std::move(listener)));
}

void MetricsServer::close() {
  closing_ = true;
  if (listener_ != nullptr) listener_->close();
  for (world::Stream* stream : streams_) stream->close();
}

awaitable<void> MetricsServer::accept_loop(MetricsServer* self,
                                           std::unique_ptr<world::Listener> listener) {
  try {
    while (!self->closing_) {
      auto stream = co_await listener->accept();
      if (self->streams_.size() < kMostClients)
        world::spawn(self->world_, serve(self, std::move(stream)));
    }
  } catch (const std::system_error& error) {
    if (!self->closing_)
      self->world_.journal.warn(std::string("metrics: the listener ended: ") + error.what());
  }
  self->listener_ = nullptr;
}

awaitable<void> MetricsServer::serve(MetricsServer* self, std::unique_ptr<world::Stream> stream) {
  if (self->closing_) co_return;
  self->streams_.push_back(stream.get());
  {
    smtp::Deadline deadline(self->world_.clock, *stream,
                            self->world_.clock.steady_now() + kPatience);
    const std::string head = co_await read_head(*stream);
    const std::string reply = co_await self->answer(head);
    std::error_code gone;
    co_await asio::async_write(*stream, asio::buffer(reply), into(gone));
  }
  stream->close();
  std::erase(self->streams_, stream.get());
}

awaitable<std::string> MetricsServer::answer(const std::string& head) {
  const std::string line = head.substr(0, head.find("\r\n"));
  if (line.find(" HTTP/1.") == std::string::npos)
    co_return plain("400 Bad Request", "This is no HTTP request.");
  if (!line.starts_with("GET ")) co_return plain("405 Method Not Allowed", "GET alone is known.");
  const std::string path = line.substr(4, line.find(' ', 4) - 4);
  if (path == "/metrics") co_return page("200 OK", control::kMetricsType, pages_.metrics());
  if (path != "/healthz") co_return plain("404 Not Found", "There are /metrics and /healthz.");
  const std::string trouble = co_await pages_.trouble();
  co_return trouble.empty() ? plain("200 OK", "ok") : plain("503 Service Unavailable", trouble);
}

}  // namespace mxlab::relay
