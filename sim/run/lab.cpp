#include "sim/run/lab.hpp"

#include <algorithm>

#include "relay/world/spawn.hpp"
#include "sim/run/machine.hpp"
#include "sim/run/zones.hpp"

namespace mxlab::sim {
namespace {
using namespace std::chrono_literals;

constexpr Duration kPatience = 60s;  // of virtual time, for a daemon that answers no question

InboxOptions inbox_options(const scenario::HostSpec& spec) {
  InboxOptions options;
  options.name = spec.name;
  if (spec.tls) options.certificate = make_certificate(spec.name, spec.certificate_expired);
  options.dns = {name_server_of(spec)};
  return options;
}

/// Runs an actor or the relay on its world until the process ends.
template <class Process>
std::shared_ptr<Process> spawn(world::World& world, std::shared_ptr<Process> process) {
  world::spawn(world, process->run());
  return process;
}

}  // namespace

Lab::Lab(const scenario::Scenario& scenario, std::uint64_t seed)
    : SimulatedWorld(seed),
      Stage(scenario, simulation.trace()),
      supervisor_(*this),
      strikes_(simulation) {
  Quality quality;
  quality.latency_min = scenario.network.latency_min;
  quality.latency_max = scenario.network.latency_max;
  quality.bandwidth = scenario.network.rate;
  quality.loss = scenario.network.datagram_loss;
  quality.duplicate = scenario.network.datagram_duplicates;
  if (!scenario.network.split_writes) quality.split = 0;
  quality.reset = scenario.network.connection_loss;
  simulation.wires().set_quality(quality);
  for (const auto& spec : scenario.hosts) {
    hosts_.push_back(std::make_unique<LabHost>(spec));
    LabHost& host = *hosts_.back();
    host.machine = &simulation.add_host(spec.name, spec.addresses);
    host.machine->storage_latency = scenario.network.disk_latency;
    if (spec.role == scenario::Role::kRelay) prepare_relay_disk(host.machine->disk(), spec);
  }
  fill_zones(zones, scenario);
  for (const auto& record : scenario.dns) note_mx(record);
  boot_name_server();
  for (auto& host : hosts_)
    if (host->spec.starts) boot(*host);
  supervisor_.watch();
}

bool Lab::step(TimePoint limit) {
  if (simulation.step(limit)) return true;
  simulation.run_until(limit);
  return false;
}

// --- DNS -----------------------------------------------------------------------------------------

void Lab::change_dns(const scenario::DnsChange& change) {
  zones.remove(change.name);
  forget_mx(change.name);
  for (const auto& record : change.records) {
    zones.add(record.name, record.text, record.ttl.value_or(fakedns::kDefaultTtl));
    note_mx(record);
  }
}

void Lab::boot_name_server() {
  name_server_ = &simulation.add_host(
      "dns", {asio::ip::make_address(kNameServer), asio::ip::make_address(kNameServer6)});
  simulation.boot(*name_server_, [this](world::World& world) {
    auto server = std::make_shared<fakedns::Server>(world, zones, lies);
    server->on_question = [this](const fakedns::Answered& answered) {
      if (Host* asker = simulation.find(answered.asker.address);
          asker != nullptr && asker->index < hosts_.size())
        chronicle.asked(asker->index, answered.name, fakedns::type_name(answered.type));
    };
    for (const char* address : {kNameServer, kNameServer6})
      server->start({asio::ip::make_address(address), 53});
    return std::shared_ptr<void>(server);
  });
}

// --- hosts ---------------------------------------------------------------------------------------

bool Lab::is_up(HostNumber number) {
  const LabHost& host = *hosts_[number];
  return host.spec.role == scenario::Role::kClient ? host.machine->up : !host.station.expired();
}

bool Lab::knows_its_queue(HostNumber host) {
  auto relay = hosts_[host]->relay.lock();
  return !relay || relay->started();
}

std::string Lab::fault_of(HostNumber host) {
  auto relay = hosts_[host]->relay.lock();
  return relay ? relay->fault() : std::string();
}

void Lab::boot(LabHost& host) {
  if (host.machine->up) return;
  simulation.boot(*host.machine, program_of(host));
}

Simulation::Program Lab::program_of(LabHost& host) {
  switch (host.spec.role) {
    case scenario::Role::kClient:
      return [](world::World&) { return std::make_shared<int>(0); };
    case scenario::Role::kPrimary:
      return [&host](world::World& world) {
        auto primary =
            spawn(world, std::make_shared<Primary>(world, inbox_options(host.spec),
                                                   Belongings{host.mailboxes, host.manners}));
        host.station = primary;
        return std::shared_ptr<void>(primary);
      };
    case scenario::Role::kSender:
      return [&host](world::World& world) {
        SenderOptions options{inbox_options(host.spec), find_profile(host.spec.profile).value()};
        options.profile.keepalive = host.spec.keepalive;
        auto sender = spawn(
            world, std::make_shared<Sender>(world, std::move(options),
                                            Belongings{host.mailboxes, host.manners}, host.spool));
        host.station = sender;
        return std::shared_ptr<void>(sender);
      };
    case scenario::Role::kRelay:
      break;
  }
  return [&host](world::World& world) {
    relay::RelayOptions options;
    options.hostname = host.spec.name;
    options.name_servers = {name_server_of(host.spec)};
    auto relay = spawn(world, std::make_shared<RelayStation>(world, std::move(options)));
    host.station = host.relay = relay;
    return std::shared_ptr<void>(relay);
  };
}

/// An orderly end takes time: sessions are told, and what has begun may come to its end.
void Lab::take_leave(LabHost& host) {
  auto relay = host.relay.lock();
  if (!relay || !relay->started() || !relay->fault().empty()) return;
  auto done = std::make_shared<bool>(false);
  world::spawn(
      host.machine->world(),
      [](std::shared_ptr<RelayStation> ending, std::shared_ptr<bool> ended) -> awaitable<void> {
        co_await ending->take_leave();
        *ended = true;
      }(std::move(relay), done));
  simulation.wake(*host.machine);
  const TimePoint limit = simulation.now() + RelayStation::kGrace;
  while (!*done && host.machine->up && simulation.now() < limit && simulation.step()) {
  }
}

void Lab::stop(LabHost& host) {
  take_leave(host);
  if (auto running = host.station.lock()) running->stop();
  if (host.machine->up) simulation.stop(*host.machine);
}

void Lab::heal_everything() {
  simulation.wires().heal();
  lies.clear_all();
  strikes_.forget();
  for (auto& host : hosts_) {
    // A relay that its disk did not let start is started again, as its supervisor would.
    if (auto relay = host->relay.lock(); relay && !relay->fault().empty()) stop(*host);
    host->manners.reset();
    host->machine->disk().heal();
    host->machine->disk().set_capacity(kDiskSize);
    boot(*host);
    if (auto running = host->station.lock())
      for (const char* part : {"smtp", "mta", "mda"}) running->pause(part, false);
  }
}

// --- mail ----------------------------------------------------------------------------------------

std::vector<Delivered> Lab::mail_of(LabHost& host) {
  if (host.spec.role == scenario::Role::kRelay)
    return read_mbox_files(host.machine->disk(), host.spec.name);
  return host.mailboxes.all();
}

std::vector<control::QueueRow> Lab::rows_of(LabHost& host) {
  auto running = host.station.lock();
  if (!running) return {};
  struct Answer {
    bool done = false;
    std::vector<control::QueueRow> rows;
  };
  auto answer = std::make_shared<Answer>();
  world::spawn(
      host.machine->world(),
      [](std::shared_ptr<Station> station, std::shared_ptr<Answer> into) -> awaitable<void> {
        into->rows = co_await station->queue_rows();
        into->done = true;
      }(std::move(running), answer));
  simulation.wake(*host.machine);
  const TimePoint limit = simulation.now() + kPatience;
  while (!answer->done && simulation.now() < limit && simulation.step()) {
  }
  return answer->rows;
}

}  // namespace mxlab::sim
