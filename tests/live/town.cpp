#include "tests/live/town.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "relay/world/spawn.hpp"

namespace mxlab::sim::live {
namespace {
using namespace std::chrono_literals;

constexpr Duration kPatience = 20s;
constexpr std::uint64_t kSpool = 64 << 20;

constexpr const char* kConfig =
    "listen on egress\n"
    "listen on socket\n"
    "action \"backup\" relay backup mx mx2.example\n"
    "action \"local\" mbox\n"
    "match from any for domain \"town.example\" action \"backup\"\n"
    "match from local for local action \"local\"\n";

scenario::HostSpec spec(const char* name, scenario::Role role, const char* address) {
  scenario::HostSpec spec;
  spec.name = name;
  spec.role = role;
  spec.addresses = {asio::ip::make_address(address)};
  spec.keepalive = 1s;
  return spec;
}

scenario::HostSpec relay_spec() {
  auto made = spec("mx2.example", scenario::Role::kRelay, "192.0.2.11");
  made.config_text = kConfig;
  return made;
}

MachineSpec machine_of(const scenario::HostSpec& host) { return {host.name, host.addresses}; }

}  // namespace

Town::Town(const std::filesystem::path& place)
    : sender_spec_(spec("sender.example", scenario::Role::kSender, "192.0.2.10")),
      relay_spec_(relay_spec()),
      primary_spec_(spec("mx1.example", scenario::Role::kPrimary, "192.0.2.12")),
      world_(disk_, journal_),
      wires(place, {machine_of(sender_spec_), machine_of(relay_spec_), machine_of(primary_spec_)}),
      faults(wires),
      sender(world_, {wires.machine("sender.example"), sender_spec_}, into(from_sender), died()),
      relay(world_, {wires.machine("mx2.example"), relay_spec_, MXLAB_MXRELAYD, kSpool},
            into(from_relay), died()),
      primary(world_, {wires.machine("mx1.example"), primary_spec_}, into(from_primary), died()) {
  zones_.add_zone(".");
  for (const auto* each : {&sender_spec_, &relay_spec_, &primary_spec_})
    zones_.add(each->name, "A " + each->addresses.front().to_string());
  zones_.add("town.example", "MX 10 mx1.example");
  zones_.add("town.example", "MX 20 mx2.example");
  auto server = std::make_shared<fakedns::Server>(world_.world(), zones_, lies_);
  server->on_question = [this](const fakedns::Answered& asked) {
    questions.push_back(fmt::format("{} {} {}", asked.asker.address.to_string(), asked.name,
                                    fakedns::type_name(asked.type)));
  };
  server->start({asio::ip::make_address(kNameServer4), 53});
  world_.hold(server);
}

Town::~Town() = default;

Facts Town::into(std::vector<Told>& facts) {
  return [&facts](world::TimePoint at, const world::Fact& fact) {
    facts.push_back({at, fact.kind, std::string(fact.subject), std::string(fact.text), fact.value});
  };
}

Died Town::died() {
  return [this](std::string why) { deaths.push_back(std::move(why)); };
}

bool Town::comes(const std::function<bool()>& truth) {
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  world_.io().restart();
  while (!truth() && std::chrono::steady_clock::now() < limit) world_.io().run_one_until(limit);
  return truth();
}

std::string Town::run(awaitable<std::string> work) {
  std::optional<std::string> result;
  world::spawn(
      world_.world(),
      [](awaitable<std::string> todo, std::optional<std::string>& into) -> awaitable<void> {
        into = co_await std::move(todo);
      }(std::move(work), result));
  return comes([&result] { return result.has_value(); }) ? *result : "it is not done in time";
}

std::vector<control::QueueRow> Town::rows(LiveStation& station) {
  std::vector<control::QueueRow> rows;
  const auto ask = [](LiveStation& asked,
                      std::vector<control::QueueRow>& into) -> awaitable<std::string> {
    into = co_await asked.queue_rows();
    co_return "";
  };
  EXPECT_EQ(run(ask(station, rows)), "");
  return rows;
}

bool Town::has(const std::vector<Told>& facts, world::FactKind kind, const std::string& part) {
  return std::any_of(facts.begin(), facts.end(), [&](const Told& fact) {
    return fact.kind == kind && fact.text.find(part) != std::string::npos;
  });
}

Letter Town::letter(const std::string& name) {
  return {
      "anna@sender.example",
      {"bert@town.example"},
      fmt::format("Subject: {}\r\nMessage-ID: <{}@sender.example>\r\n\r\nGr\xc3\xbc\xdf\xff\r\n",
                  name, name)};
}

}  // namespace mxlab::sim::live
