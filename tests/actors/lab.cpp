#include "tests/actors/lab.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

namespace mxlab::sim {
namespace {

world::Address address(const std::string& text) { return asio::ip::make_address(text); }

double seconds(world::Duration span) { return std::chrono::duration<double>(span).count(); }

template <class Actor>
std::shared_ptr<void> spawn(World& world, const std::shared_ptr<Actor>& actor) {
  asio::co_spawn(world.executor, actor->run(), asio::detached);
  return actor;
}

InboxOptions inbox_options(const ActorHost& actor) {
  InboxOptions options;
  options.name = actor.name;
  if (actor.tls) options.certificate = make_certificate(actor.name);
  options.dns = {{address("192.0.2.53"), 53}};
  return options;
}

}  // namespace

ActorLab::ActorLab(std::uint64_t seed) : simulation(seed) {
  constexpr auto kLatency = std::chrono::milliseconds(1);
  simulation.wires().set_quality({.latency_min = kLatency, .latency_max = kLatency});
  Host& names = simulation.add_host("dns", {address("192.0.2.53")});
  simulation.boot(names, [&](World& world) {
    auto server = std::make_shared<fakedns::Server>(world, zones, lies);
    server->start({address("192.0.2.53"), 53});
    return std::shared_ptr<void>(server);
  });
  zones.add_zone("2.0.192.in-addr.arpa");
}

ActorLab::~ActorLab() {
  for (const auto& host : simulation.hosts())
    if (host->up) simulation.stop(*host);
}

ActorHost& ActorLab::add(const std::string& name, const std::string& at) {
  ActorHost& actor = actors_.emplace_back();
  actor.name = name;
  actor.host = &simulation.add_host(name, {address(at)});
  zones.add(name, "A " + at);
  zones.add(at, "PTR " + name);
  return actor;
}

void ActorLab::boot_sender(ActorHost& actor) {
  simulation.boot(*actor.host, [&](World& world) {
    actor.sender =
        std::make_shared<Sender>(world, SenderOptions{inbox_options(actor), actor.profile},
                                 Belongings{actor.mailboxes, actor.manners}, actor.spool);
    return spawn(world, actor.sender);
  });
  simulation.run_for({});
}

void ActorLab::boot_primary(ActorHost& actor) {
  simulation.boot(*actor.host, [&](World& world) {
    actor.primary = std::make_shared<Primary>(world, inbox_options(actor),
                                              Belongings{actor.mailboxes, actor.manners});
    return spawn(world, actor.primary);
  });
  simulation.run_for({});
}

namespace {
using Body = std::function<world::awaitable<void>(World&)>;

world::awaitable<void> run_body(World& world, Body body, std::shared_ptr<bool> done) {
  co_await body(world);
  *done = true;
}
}  // namespace

void ActorLab::run_on(ActorHost& actor, Body body) {
  auto done = std::make_shared<bool>(false);
  World& world = actor.host->world();
  asio::co_spawn(world.executor, run_body(world, std::move(body), done), asio::detached);
  simulation.wake(*actor.host);
  while (!*done && simulation.step()) {
  }
  if (!*done) throw std::logic_error("the lab's question was never answered");
}

std::string ActorLab::submit(ActorHost& via, const std::string& from,
                             const std::vector<std::string>& to) {
  std::string result;
  run_on(via, [&](World&) -> world::awaitable<void> {
    Letter letter{from, to, "Subject: hello\r\n\r\nA letter.\r\n"};
    result = co_await via.station().submit(std::move(letter));
  });
  return result;
}

std::vector<control::QueueRow> ActorLab::rows(ActorHost& of) {
  std::vector<control::QueueRow> rows;
  run_on(of, [&](World&) -> world::awaitable<void> { rows = co_await of.station().queue_rows(); });
  return rows;
}

std::string ActorLab::talk(ActorHost& from, DialogueScript script) {
  std::string result;
  run_on(from, [&](World& world) -> world::awaitable<void> {
    result = co_await hold_dialogue(world, script);
  });
  return result;
}

void ActorLab::run_until(double at) {
  simulation.run_until(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(at)));
}

double ActorLab::now() const { return seconds(simulation.elapsed()); }

std::vector<double> ActorLab::times(const ActorHost& actor, EventKind kind,
                                    const std::string& begin) {
  std::vector<double> found;
  for (const Event& event : simulation.trace().events())
    if (event.host == actor.host->index && event.kind == kind && event.text.starts_with(begin))
      found.push_back(seconds(event.at - simulation.start()));
  return found;
}

std::vector<double> ActorLab::connects(const ActorHost& from, const ActorHost& to) {
  const std::string line =
      "mta connecting address=smtp://" + to.host->addresses.front().to_string() + ":";
  std::vector<double> found;
  for (const Event& event : simulation.trace().events())
    if (event.host == from.host->index && event.kind == EventKind::kLog &&
        event.text.find(line) != std::string::npos)
      found.push_back(seconds(event.at - simulation.start()));
  return found;
}

bool ActorLab::logged(const ActorHost& actor, const std::string& part) {
  for (const Event& event : simulation.trace().events())
    if (event.host == actor.host->index && event.kind == EventKind::kLog &&
        event.text.find(part) != std::string::npos)
      return true;
  return false;
}

Tutorial::Tutorial(std::uint64_t seed)
    : ActorLab(seed),
      sender(add("mail.websteading.net", "192.0.2.10")),
      primary(add("mail.example.org", "192.0.2.20")),
      backup(add("mx2.example.org", "192.0.2.30")) {
  zones.add("example.org", "MX 10 mail.example.org");
  zones.add("example.org", "MX 100 mx2.example.org");
  zones.add("websteading.net", "MX 10 mail.websteading.net");
  boot_sender(sender);
  boot_primary(primary);
  boot_primary(backup);
}

}  // namespace mxlab::sim
