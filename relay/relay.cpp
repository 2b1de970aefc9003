#include "relay/relay.hpp"

#include <fmt/format.h>

#include "relay/control/metrics.hpp"
#include "relay/control_server.hpp"
#include "relay/hand_in.hpp"
#include "relay/listeners.hpp"
#include "relay/metrics_server.hpp"
#include "relay/session_options.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::relay {
namespace {

constexpr world::Duration kEndPoll = std::chrono::milliseconds(20);
constexpr std::uint64_t kDiskReserve = 16ull * 1024 * 1024;  // free bytes below which we say 452

std::vector<world::Address> own_addresses(const world::Network& network) {
  std::vector<world::Address> addresses;
  for (const auto& interface : network.interfaces()) addresses.push_back(interface.address);
  return addresses;
}

template <class Open>
void listening(const std::string& whose, Open open) try {
  open();
} catch (const std::system_error& error) {
  throw ListenError(fmt::format("{}: cannot listen there: {}", whose, error.what()));
}

}  // namespace

/// What exists once the settings have been read.
struct Relay::Running {
  Running(Relay& relay, Settings read)
      : Running(relay, relay.world_, relay.options_, std::move(read)) {}

  Running(Relay& relay, world::World& world, const RelayOptions& options, Settings read)
      : settings(std::move(read)),
        queue(world, {options.queue_directory + "/queue.sqlite", 0, kDiskReserve,
                      [&counters = relay.counters_](world::Duration span) {
                        counters.observe(control::kCommitKey, span);
                      }}),
        resolver(world, {settings.name_servers}),
        context{world,
                queue,
                resolver,
                relay.counters_,
                hosts,
                settings.config,
                settings.server_name,
                own_addresses(world.network),
                settings.client_tls},
        scheduler(context, settings.accounts),
        reception{context, scheduler, settings.accounts,
                  Admission(Admission::limits_for(options.max_sessions))},
        listeners(world, {options.backlog, options.max_sessions},
                  [this](std::unique_ptr<world::Stream> stream, ListenRef listen) {
                    return serve(this, std::move(stream), std::move(listen));
                  }),
        desk({context, scheduler, [this](bool paused) { listeners.pause(paused); },
              [this](bool refusing) { reception.admission.refuse(refusing); },
              [&relay] { return relay.reload(); }, options.log}),
        control(world, desk,
                [&relay](control::SubmitRequest request, control::Channel& channel) {
                  return hand_in(
                      [&relay](SubmissionEnvelope envelope) {
                        return relay.begin_submission(std::move(envelope));
                      },
                      std::move(request), channel);
                }),
        metrics(world,
                {[&relay] { return relay.metrics(); }, [&relay] { return relay.trouble(); }}) {}

  static awaitable<void> serve(Running* self, std::unique_ptr<world::Stream> stream,
                               ListenRef listen) {
    auto options = session_options(self->settings, *listen, stream->local().address);
    co_await smtp::serve(self->context.world, std::move(stream), std::move(options),
                         std::make_shared<Incoming>(self->reception, *listen));
  }

  Settings settings;
  queue::Queue queue;
  dns::Resolver resolver;
  delivery::HostMemory hosts;
  delivery::Context context;
  delivery::Scheduler scheduler;
  Reception reception;
  Listeners listeners;
  Operator desk;
  ControlServer control;
  MetricsServer metrics;
};

Relay::Relay(world::World& world, RelayOptions options)
    : world_(world), options_(std::move(options)), counters_(world.journal) {}

Relay::~Relay() = default;

bool Relay::started() const { return started_; }

// --- from start to end
// -----------------------------------------------------------------------------

awaitable<void> Relay::run() {
  if (!prepared_) prepared_ = co_await read();
  running_ = std::make_unique<Running>(*this, std::move(*prepared_));
  prepared_.reset();
  warn_of(running_->settings);
  co_await open_queue();
  if (stopping_) co_return;
  running_->listeners.update(*running_->settings.config);
  open_local_sockets();
  world::spawn(world_, running_->scheduler.run());
  started_ = true;
  world_.journal.info(
      fmt::format("info: mxrelayd starting, name {}", running_->settings.server_name));
  co_await running_->queue.run();
  world_.journal.info("info: mxrelayd ended");
}

awaitable<Settings> Relay::read() {
  co_return co_await world::on_storage(
      world_, [&disk = world_.disk, options = options_] { return read_settings(disk, options); });
}

void Relay::warn_of(const Settings& settings) {
  for (const std::string& warning : settings.warnings) world_.journal.warn(warning);
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

void Relay::open_local_sockets() {
  listening("the sockets of mxrelayctl and sendmail",
            [&] { running_->control.open(options_.control_socket, options_.submit_socket); });
  if (!options_.metrics.empty())
    listening("--metrics " + options_.metrics, [&] { running_->metrics.open(options_.metrics); });
}

void Relay::stop() {
  stopping_ = true;
  if (!running_) return;
  running_->control.close();
  running_->metrics.close();
  running_->listeners.close();
  running_->scheduler.stop();
  running_->queue.stop();
}

awaitable<void> Relay::shut_down(world::Duration bound) {
  const world::SteadyPoint until = world_.clock.steady_now() + bound;
  stopping_ = true;
  if (started_) {
    world_.journal.info(
        fmt::format("info: mxrelayd ending, sessions={}", running_->listeners.sessions()));
    running_->listeners.close();
    running_->reception.admission.close();
    running_->scheduler.finish();
    co_await running_->listeners.wait_until_empty(until);
    while (!running_->scheduler.quiet() && world_.clock.steady_now() < until)
      co_await world_.clock.sleep_for(kEndPoll);
  }
  stop();
}

// --- a new configuration
// ---------------------------------------------------------------------------

awaitable<std::optional<std::string>> Relay::reload() {
  if (!started_ || stopping_) co_return "the relay is not running";
  std::string trouble;
  try {
    Settings settings = co_await read();
    if (stopping_) co_return "the relay is ending";
    use(std::move(settings));
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  if (trouble.empty()) {
    world_.journal.info("info: configuration reloaded");
    co_return std::nullopt;
  }
  trouble.erase(trouble.find_last_not_of('\n') + 1);  // the caller ends its line itself
  world_.journal.warn("reload failed, the old configuration stays in force: " + trouble);
  co_return trouble;
}

/// All or nothing: only the owner and the sockets can refuse, and they come first.
void Relay::use(Settings settings) {
  if (options_.veto)
    if (auto refusal = options_.veto(settings)) throw ConfigError(*refusal);
  running_->listeners.update(*settings.config);
  warn_of(settings);
  delivery::Context& context = running_->context;
  context.config = settings.config;
  context.client_tls = settings.client_tls;
  context.server_name = settings.server_name;
  context.own_addresses = own_addresses(world_.network);
  running_->resolver.use_servers(settings.name_servers);
  running_->settings = std::move(settings);
}

// --- control -------------------------------------------------------------------------------------

Operator& Relay::desk() { return running_->desk; }

std::string Relay::metrics() const {
  const world::Duration uptime = running_->desk.uptime();
  return control::metrics_text({counters_, uptime, world_.clock.now() - uptime, options_.version});
}

/// Well is a relay that listens, and whose storage answers.
awaitable<std::string> Relay::trouble() {
  if (stopping_) co_return "the relay is ending";
  if (running_->listeners.count() == 0) co_return "no port is open";
  if (!co_await running_->queue.has_room(0)) co_return "the disk is nearly full";
  co_return "";
}

awaitable<BegunSubmission> Relay::begin_submission(SubmissionEnvelope envelope) {
  if (desk().smtp_paused())
    co_return smtp::Reply{421, "4.3.2", "Server disallowed submission request"};
  co_return co_await relay::begin_submission(running_->reception, std::move(envelope));
}

awaitable<smtp::Reply> Relay::submit(Submission submission) {
  if (desk().smtp_paused())
    co_return smtp::Reply{421, "4.3.2", "Server disallowed submission request"};
  co_return co_await relay::submit(running_->reception, std::move(submission));
}

}  // namespace mxlab::relay
