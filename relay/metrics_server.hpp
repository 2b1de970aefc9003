// metrics_server.hpp - GET /metrics and GET /healthz for whoever watches the relay.
//
// A small HTTP/1.1 server for a local port or socket: one request a connection, everything bounded,
// nothing but these two pages. It answers whoever can reach it, so it belongs on the loopback.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/world/world.hpp"

namespace mxlab::relay {

using world::awaitable;

/// "127.0.0.1:9125", "[::1]:9125"; nothing for the path of a local socket. Throws
/// std::invalid_argument when it is none of these.
std::optional<world::Endpoint> metrics_endpoint(const std::string& where);

struct MetricsPages {
  std::function<std::string()> metrics;
  /// Nothing when all is well, else what is not.
  std::function<awaitable<std::string>()> trouble;
};

class MetricsServer {
 public:
  MetricsServer(world::World& world, MetricsPages pages);

  /// See metrics_endpoint(). Throws std::system_error too.
  void open(const std::string& where);
  void close();

 private:
  static awaitable<void> accept_loop(MetricsServer* self,
                                     std::unique_ptr<world::Listener> listener);
  static awaitable<void> serve(MetricsServer* self, std::unique_ptr<world::Stream> stream);
  awaitable<std::string> answer(const std::string& head);

  world::World& world_;
  MetricsPages pages_;
  world::Listener* listener_ = nullptr;  // owned by its accept loop
  std::vector<world::Stream*> streams_;  // owned by their sessions
  bool closing_ = false;
};

}  // namespace mxlab::relay
