#include "relay/listeners.hpp"

#include <asio/error.hpp>
#include <fmt/format.h>

#include "relay/world/spawn.hpp"

namespace mxlab::relay {
namespace {

constexpr world::Duration kFullPause = std::chrono::milliseconds(100);  // with all sessions in use

/// `egress` is every interface that holds a default route; else an interface or an address.
std::vector<world::Endpoint> endpoints_of(const config::Listen& listen,
                                          const std::vector<world::InterfaceAddress>& interfaces) {
  std::vector<world::Endpoint> endpoints;
  std::error_code not_literal;
  auto literal = asio::ip::make_address(listen.interface, not_literal);
  if (!not_literal && literal.is_unspecified()) return {{literal, listen.port}};  // every address
  for (const auto& interface : interfaces) {
    const bool named = listen.interface == interface.interface ||
                       (listen.interface == "egress" && interface.egress);
    const bool family_fits = !listen.only_ipv6 || *listen.only_ipv6 == interface.address.is_v6();
    if (not_literal ? named && family_fits : interface.address == literal)
      endpoints.push_back({interface.address, listen.port});
  }
  if (endpoints.empty())
    throw ListenError(
        fmt::format("listen on {}: no such interface or address on this host", listen.interface));
  return endpoints;
}

bool is_taken(const std::error_code& error) {
  return error == asio::error::address_in_use || error == std::errc::address_in_use;
}

bool is_denied(const std::error_code& error) {
  return error == asio::error::access_denied || error == std::errc::permission_denied;
}

std::string advice_for_reload(const std::error_code& error) {
  if (is_taken(error))
    return ": another program has it, or it overlaps with an address that this relay listens on "
           "now (then restart the relay)";
  if (is_denied(error))
    return ": what opens it was given up after the start; restart the relay to open this port";
  return {};
}

}  // namespace

std::string advice_for_start(const std::error_code& error) {
  if (is_taken(error))
    return ": is another mail server running, or does smtpd.conf listen there twice?";
  if (is_denied(error)) return ": ports below 1024 need root or CAP_NET_BIND_SERVICE";
  return {};
}

std::map<world::Endpoint, ListenRef> listening_endpoints(const config::Config& config,
                                                         const world::Network& network) {
  std::map<world::Endpoint, ListenRef> wanted;
  const auto interfaces = network.interfaces();
  for (const config::Listen& each : config.listeners) {
    if (each.socket) continue;
    auto listen = std::make_shared<const config::Listen>(each);
    for (const world::Endpoint& endpoint : endpoints_of(*listen, interfaces))
      if (!wanted.emplace(endpoint, listen).second)
        throw ListenError(fmt::format("listen on {}: smtpd.conf listens there twice ({} and {})",
                                      to_string(endpoint), wanted.at(endpoint)->interface,
                                      listen->interface));
  }
  return wanted;
}

Listeners::Listeners(world::World& world, ListenerOptions options, Serve serve)
    : world_(world), options_(options), serve_(std::move(serve)), session_ended_(world.clock) {}

void Listeners::update(const config::Config& config) {
  auto wanted = listening_endpoints(config, world_.network);
  std::map<world::Endpoint, std::unique_ptr<world::Listener>> opened;
  for (const auto& [endpoint, listen] : wanted)
    if (!slots_.contains(endpoint)) opened[endpoint] = open(endpoint);
  // From here on nothing can fail.
  std::erase_if(slots_, [&](const auto& slot) {
    const bool gone = !wanted.contains(slot.first);
    if (gone) slot.second->listener->close();
    return gone;
  });
  for (auto& [endpoint, slot] : slots_) slot->listen = wanted.at(endpoint);
  for (auto& [endpoint, listener] : opened) {
    auto slot = std::make_shared<Slot>(listener.get(), wanted.at(endpoint));
    slots_[endpoint] = slot;
    if (paused_) listener->pause();
    world::spawn(world_, accept_loop(this, std::move(listener), slot));
  }
  started_ = true;
}

std::unique_ptr<world::Listener> Listeners::open(const world::Endpoint& endpoint) const try {
  return world_.network.listen(endpoint, options_.backlog);
} catch (const std::system_error& error) {
  throw ListenError(
      fmt::format("listen on {}: {}{}", to_string(endpoint), error.code().message(),
                  started_ ? advice_for_reload(error.code()) : advice_for_start(error.code())));
}

void Listeners::pause(bool paused) {
  paused_ = paused;
  for (auto& [endpoint, slot] : slots_) paused ? slot->listener->pause() : slot->listener->resume();
}

void Listeners::close() {
  for (auto& [endpoint, slot] : slots_) slot->listener->close();
  slots_.clear();
}

awaitable<bool> Listeners::wait_until_empty(world::SteadyPoint until) {
  while (sessions_ > 0)
    if (!co_await session_ended_.wait_until(until)) co_return false;
  co_return true;
}

awaitable<void> Listeners::accept_loop(Listeners* self, std::unique_ptr<world::Listener> listener,
                                       SlotRef slot) {
  const world::Endpoint endpoint = listener->local();
  std::string trouble;
  try {
    for (;;) {
      auto stream = co_await listener->accept();
      ++self->sessions_;
      world::spawn(self->world_, serve(self, std::move(stream), slot->listen));
      while (self->sessions_ >= self->options_.max_sessions)
        co_await self->world_.clock.sleep_for(kFullPause);
    }
  } catch (const std::system_error& error) {
    trouble = error.what();
  }
  // close() took it from the list first; who still stands there ended by itself.
  const auto gone = std::erase_if(self->slots_, [&](const auto& s) { return s.second == slot; });
  if (gone != 0)
    self->world_.journal.warn(
        fmt::format("smtp: listener on {} ended: {}", to_string(endpoint), trouble));
}

awaitable<void> Listeners::serve(Listeners* self, std::unique_ptr<world::Stream> stream,
                                 ListenRef listen) {
  co_await self->serve_(std::move(stream), std::move(listen));
  --self->sessions_;
  self->session_ended_.notify();
}

}  // namespace mxlab::relay
