#include "relay/relay.hpp"

#include <algorithm>
#include <asio/error.hpp>
#include <fmt/format.h>

#include "relay/world/spawn.hpp"

namespace mxlab::relay {
namespace {

constexpr std::uint64_t kDiskReserve = 16ull * 1024 * 1024;  // free bytes below which we say 452
constexpr world::Duration kFullPause = std::chrono::milliseconds(100);  // with all sessions in use

/// What a person can do about a port that cannot be had; empty when we know no advice.
std::string advice(const std::error_code& error) {
  if (error == asio::error::address_in_use || error == std::errc::address_in_use)
    return ": is another mail server running, or does smtpd.conf listen there twice?";
  if (error == asio::error::access_denied || error == std::errc::permission_denied)
    return ": ports below 1024 need root or CAP_NET_BIND_SERVICE";
  return {};
}

std::vector<world::Address> own_addresses(const world::Network& network) {
  std::vector<world::Address> addresses;
  for (const auto& interface : network.interfaces()) addresses.push_back(interface.address);
  return addresses;
}

}  // namespace

/// What exists once the settings have been read.
struct Relay::Running {
  Running(world::World& world, control::Counters& counters, const RelayOptions& options,
          Settings read)
      : settings(std::move(read)),
        queue(world, {options.queue_directory + "/queue.sqlite", 0, kDiskReserve}),
        resolver(world, {settings.name_servers}),
        context{world,
                queue,
                resolver,
                counters,
                hosts,
                settings.config,
                settings.server_name,
                own_addresses(world.network),
                smtp::TlsContext::opportunistic_client()},
        scheduler(context, settings.accounts),
        reception{context, scheduler, settings.accounts},
        desk({context, scheduler, [this](bool paused) { pause_listeners(paused); }}) {}

  void pause_listeners(bool paused) {
    for (world::Listener* listener : listeners) paused ? listener->pause() : listener->resume();
  }

  Settings settings;
  queue::Queue queue;
  dns::Resolver resolver;
  delivery::HostMemory hosts;
  delivery::Context context;
  delivery::Scheduler scheduler;
  Reception reception;
  Operator desk;
  std::vector<world::Listener*> listeners;  // owned by their accept loops
};

Relay::Relay(world::World& world, RelayOptions options)
    : world_(world), options_(std::move(options)), counters_(world.journal) {}

Relay::~Relay() = default;

bool Relay::started() const { return started_; }

awaitable<void> Relay::run() {
  auto settings = co_await world::on_storage(
      world_, [&disk = world_.disk, options = options_] { return read_settings(disk, options); });
  running_ = std::make_unique<Running>(world_, counters_, options_, std::move(settings));
  for (const std::string& warning : running_->settings.warnings) world_.journal.warn(warning);
  co_await open_queue();
  if (stopping_) co_return;
  listen_all();
  world::spawn(world_, running_->scheduler.run());
  started_ = true;
  world_.journal.info(
      fmt::format("info: mxrelayd starting, name {}", running_->settings.server_name));
  co_await running_->queue.run();
}

awaitable<void> Relay::open_queue() {
  co_await world::on_storage(world_, [&disk = world_.disk, path = options_.queue_directory] {
    disk.make_durable_directory(path);
  });
  auto recovered = co_await running_->queue.open();
  if (recovered.envelopes > 0)
    counters_.add("scheduler.envelope", static_cast<std::int64_t>(recovered.envelopes));
  world_.journal.info(fmt::format("queue: opened envelopes={} messages={} orphans={}",
                                  recovered.envelopes, recovered.messages,
                                  recovered.orphan_chunks));
}

void Relay::stop() {
  stopping_ = true;
  if (!running_) return;
  for (world::Listener* listener : running_->listeners) listener->close();
  running_->scheduler.stop();
  running_->queue.stop();
}

// --- listening -----------------------------------------------------------------------------------

void Relay::listen_all() {
  for (const config::Listen& listen : running_->settings.config->listeners) {
    if (listen.socket) continue;  // submit() is the local way in
    for (const world::Endpoint& endpoint : endpoints_of(listen)) {
      auto listener = open_listener(endpoint);
      running_->listeners.push_back(listener.get());
      world::spawn(world_, accept_loop(this, std::move(listener), listen));
    }
  }
}

std::unique_ptr<world::Listener> Relay::open_listener(const world::Endpoint& endpoint) try {
  return world_.network.listen(endpoint, options_.backlog);
} catch (const std::system_error& error) {
  throw ConfigError(fmt::format("listen on {}: {}{}", to_string(endpoint), error.code().message(),
                                advice(error.code())));
}

/// `egress` is every interface that holds a default route; else an interface or an address.
std::vector<world::Endpoint> Relay::endpoints_of(const config::Listen& listen) const {
  std::vector<world::Endpoint> endpoints;
  std::error_code not_literal;
  auto literal = asio::ip::make_address(listen.interface, not_literal);
  if (!not_literal && literal.is_unspecified()) return {{literal, listen.port}};  // every address
  for (const auto& interface : world_.network.interfaces()) {
    const bool named = listen.interface == interface.interface ||
                       (listen.interface == "egress" && interface.egress);
    const bool family_fits = !listen.only_ipv6 || *listen.only_ipv6 == interface.address.is_v6();
    if (not_literal ? named && family_fits : interface.address == literal)
      endpoints.push_back({interface.address, listen.port});
  }
  if (endpoints.empty())
    throw ConfigError(
        fmt::format("listen on {}: no such interface or address on this host", listen.interface));
  return endpoints;
}

smtp::ServerOptions Relay::server_options(const config::Listen& listen) const {
  const config::Config& config = *running_->settings.config;
  smtp::ServerOptions options;
  options.hostname = listen.hostname.empty() ? running_->settings.server_name : listen.hostname;
  if (listen.tls != config::ListenTls::kNone && !listen.pki.empty())
    options.tls = running_->settings.tls.at(listen.pki.front().name);
  options.max_message_size = config.max_message_size;
  options.max_recipients = config.max_rcpt;
  options.max_messages = config.max_mails;
  return options;
}

awaitable<void> Relay::accept_loop(Relay* self, std::unique_ptr<world::Listener> listener,
                                   config::Listen listen) {
  try {
    while (!self->stopping_) {
      auto stream = co_await listener->accept();
      ++self->sessions_;
      world::spawn(self->world_, serve(self, std::move(stream), listen));
      while (self->sessions_ >= self->options_.max_sessions)
        co_await self->world_.clock.sleep_for(kFullPause);
    }
  } catch (const std::system_error& error) {
    if (!self->stopping_)
      self->world_.journal.warn(fmt::format("smtp: listener on {} ended: {}",
                                            to_string(listener->local()), error.what()));
  }
  std::erase(self->running_->listeners, listener.get());
}

awaitable<void> Relay::serve(Relay* self, std::unique_ptr<world::Stream> stream,
                             config::Listen listen) {
  auto backend = std::make_shared<Incoming>(self->running_->reception, listen);
  co_await smtp::serve(self->world_, std::move(stream), self->server_options(listen),
                       std::move(backend));
  --self->sessions_;
}

// --- control -------------------------------------------------------------------------------------

Operator& Relay::desk() { return running_->desk; }

awaitable<smtp::Reply> Relay::submit(Submission submission) {
  if (desk().smtp_paused())
    co_return smtp::Reply{421, "4.3.2", "Server disallowed submission request"};
  co_return co_await relay::submit(running_->reception, std::move(submission));
}

}  // namespace mxlab::relay
