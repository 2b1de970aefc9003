#include "tests/relay/lab.hpp"

#include <stdexcept>

#include "relay/world/spawn.hpp"

namespace mxlab::relay {
namespace {

world::Address address(int number) {
  return asio::ip::make_address("192.0.2." + std::to_string(number));
}

double seconds(world::Duration span) { return std::chrono::duration<double>(span).count(); }

awaitable<void> run_relay(std::shared_ptr<Relay> relay, std::string* fault) try {
  co_await relay->run();
} catch (const std::exception& error) {
  *fault = error.what();
}

using Body = std::function<awaitable<void>(world::World&)>;

awaitable<void> run_body(world::World& world, Body body, std::shared_ptr<bool> done) {
  co_await body(world);
  *done = true;
}

}  // namespace

const std::string RelayLab::kRelayForAll =
    "listen on egress\nlisten on socket\naction \"out\" relay\n"
    "match from any for any action \"out\"\n";

RelayLab::RelayLab(std::string config) {
  constexpr auto kLatency = std::chrono::milliseconds(1);
  simulation.wires().set_quality({.latency_min = kLatency, .latency_max = kLatency});
  simulation.boot(simulation.add_host("dns", {address(53)}), [this](world::World& world) {
    auto server = std::make_shared<fakedns::Server>(world, zones, lies);
    server->start({address(53), 53});
    return std::shared_ptr<void>(server);
  });
  zones.add_zone(".");
  zones.add_zone("2.0.192.in-addr.arpa");
  machine = &simulation.add_host("mx2.example.org", {address(30), address(31)});
  zones.add("mx2.example.org", "A 192.0.2.30");
  machine->disk().install("/etc/mxrelay/smtpd.conf", std::move(config));
  options.hostname = "mx2.example.org";
  options.name_servers = {{address(53), 53}};
  stranger_ = &simulation.add_host("stranger", {address(99)});
  simulation.boot(*stranger_, [](world::World&) { return std::make_shared<int>(0); });
}

RelayLab::~RelayLab() {
  for (const auto& host : simulation.hosts())
    if (host->up) simulation.stop(*host);
}

Peer& RelayLab::add_peer(const std::string& name, int number) {
  Peer& peer = peers_.emplace_back();
  peer.name = name;
  peer.host = &simulation.add_host(name, {address(number)});
  zones.add(name, "A " + address(number).to_string());
  boot(peer);
  return peer;
}

void RelayLab::boot(Peer& peer) {
  simulation.boot(*peer.host, [&](world::World& world) {
    peer.inbox.name = peer.name;
    peer.primary = std::make_shared<sim::Primary>(world, peer.inbox,
                                                  sim::Belongings{peer.mailboxes, peer.manners});
    world::spawn(world, peer.primary->run());
    return std::shared_ptr<void>(peer.primary);
  });
}

void RelayLab::boot_relay() {
  simulation.boot(*machine, [this](world::World& world) {
    relay = std::make_shared<Relay>(world, options);
    world::spawn(world, run_relay(relay, &fault));
    return std::shared_ptr<void>(relay);
  });
  simulation.run_for(std::chrono::seconds(1));
}

void RelayLab::reboot_relay() {
  relay.reset();
  simulation.crash(*machine);
  boot_relay();
}

void RelayLab::run_on(sim::Host& host, Body body) {
  auto done = std::make_shared<bool>(false);
  world::spawn(host.world(), run_body(host.world(), std::move(body), done));
  simulation.wake(host);
  while (!*done && simulation.step()) {
  }
  if (!*done) throw std::logic_error("the lab's question was never answered");
}

std::string RelayLab::submit(const std::string& from, const std::vector<std::string>& to,
                             const std::string& text) {
  std::string answer;
  run_on(*machine, [&](world::World&) -> awaitable<void> {
    Submission submission{from, to, text};
    answer = (co_await relay->submit(std::move(submission))).text();
  });
  return answer;
}

std::vector<control::QueueRow> RelayLab::rows() {
  std::vector<control::QueueRow> rows;
  run_on(*machine,
         [&](world::World&) -> awaitable<void> { rows = co_await relay->desk().queue_rows(); });
  return rows;
}

std::string RelayLab::talk(std::vector<std::string> say, std::vector<std::string> hear,
                           world::Duration patience) {
  std::string answer;
  sim::DialogueScript script{{address(30), 25}, std::move(say), std::move(hear), patience};
  run_on(*stranger_, [&](world::World& world) -> awaitable<void> {
    answer = co_await sim::hold_dialogue(world, script);
  });
  return answer;
}

void RelayLab::run_until(double at) {
  simulation.run_until(
      std::chrono::duration_cast<world::Duration>(std::chrono::duration<double>(at)));
}

double RelayLab::now() const { return seconds(simulation.elapsed()); }

std::int64_t RelayLab::counter(const std::string& key) const {
  auto at = relay->counters().values().find(key);
  return at == relay->counters().values().end() ? 0 : at->second;
}

std::vector<double> RelayLab::times(const std::string& part) {
  std::vector<double> found;
  for (const sim::Event& event : simulation.trace().events())
    if (event.host == machine->index && event.kind == sim::EventKind::kLog &&
        event.text.find(part) != std::string::npos)
      found.push_back(seconds(event.at - simulation.start()));
  return found;
}

std::size_t RelayLab::count_logs(const std::string& part) { return times(part).size(); }

}  // namespace mxlab::relay
