#include "tests/live/mta_lab.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <optional>

#include "relay/world/spawn.hpp"
#include "sim/live/mta_process.hpp"
#include "sim/live/mta_roots.hpp"
#include "sim/live/relay_process.hpp"
#include "sim/live/sandbox.hpp"

namespace mxlab::sim::live {
namespace {

class Silent final : public world::Journal {
 public:
  void record(const world::Fact&) override {}
};

scenario::Role role_of(const std::string& name) {
  if (name == MtaLab::kSender) return scenario::Role::kSender;
  return name == MtaLab::kPrimary ? scenario::Role::kPrimary : scenario::Role::kRelay;
}

std::vector<MachineSpec> machines() {
  const auto address = [](const char* text) { return asio::ip::make_address(text); };
  return {{MtaLab::kSender, {address("192.0.2.10")}},
          {MtaLab::kPrimary, {address("192.0.2.20")}},
          {MtaLab::kBackup, {address("192.0.2.30")}}};
}

void add_names(fakedns::ZoneSet& zones) {
  zones.add_zone(".");
  for (const auto& [name, record] : std::vector<std::pair<std::string, std::string>>{
           {"example.org", std::string("MX 10 ") + MtaLab::kPrimary},
           {"example.org", std::string("MX 20 ") + MtaLab::kBackup},
           {"example.net", std::string("MX 10 ") + MtaLab::kSender},
           {MtaLab::kSender, "A 192.0.2.10"},
           {MtaLab::kPrimary, "A 192.0.2.20"},
           {MtaLab::kBackup, "A 192.0.2.30"}})
    zones.add(name, record, fakedns::kDefaultTtl);
}

}  // namespace

std::string why_not_played(const Cast& cast) {
  if (const auto why = why_not()) return *why;
  for (Kind kind : {cast.sender, cast.primary, cast.backup})
    if (is_mta(kind))
      if (const auto why = why_no_mta(kind)) return *why;
  return "";
}

MtaLab::MtaLab(const std::filesystem::path& place, const Cast& cast)
    : journal_(std::make_unique<Silent>()),
      wires_(place, machines()),
      world_(std::make_unique<world::RealWorld>(disk_, *journal_)) {
  add_names(zones_);
  auto server = std::make_shared<fakedns::Server>(world_->world(), zones_, lies_);
  server->start({asio::ip::make_address(kNameServer4), 53});
  world_->hold(server);
  add(kSender, cast.sender, cast);
  add(kPrimary, cast.primary, cast);
  add(kBackup, cast.backup, cast);
}

/// Programs end before the loop that listens to them.
MtaLab::~MtaLab() { hosts_.clear(); }

void MtaLab::add(const std::string& name, Kind kind, const Cast& cast) {
  Machine& machine = wires_.machine(name);
  Facts facts = [this, name](TimePoint, const world::Fact& fact) { hear(name, fact); };
  Died died = [name](const std::string& why) { ADD_FAILURE() << name << ": " << why; };
  if (kind == Kind::kMxrelayd) return add_mxrelayd(machine, std::move(facts), std::move(died));
  MtaHost mta;
  mta.kind = kind;
  mta.role = role_of(name);
  mta.name = name;
  mta.addresses = machine.addresses();
  mta.domains = {mta.role == scenario::Role::kSender ? "example.net" : "example.org"};
  if (mta.role == scenario::Role::kPrimary) mta.mailboxes = cast.mailboxes;
  mta.certificate = make_certificate(name);
  hosts_[name].station = std::make_unique<MtaProcess>(
      *world_, MtaProcess::Options{machine, std::move(mta)}, std::move(facts), std::move(died));
}

void MtaLab::add_mxrelayd(Machine& machine, Facts facts, Died died) {
  Host& host = hosts_[machine.name()];
  host.spec.name = machine.name();
  host.spec.role = scenario::Role::kRelay;
  host.spec.addresses = machine.addresses();
  host.spec.config_text =
      "listen on egress\naction \"backup\" relay backup\n"
      "match from any for domain example.org action \"backup\"\n";
  host.station = std::make_unique<RelayProcess>(
      *world_, RelayProcess::Options{machine, host.spec, MXLAB_MXRELAYD}, std::move(facts),
      std::move(died));
}

void MtaLab::hear(const std::string& name, const world::Fact& fact) {
  Host& host = hosts_[name];
  if (fact.kind == world::FactKind::kStat) control::apply(host.digest, fact.subject, fact.value);
  if (fact.kind == world::FactKind::kQueue)
    host.envelopes[std::string(fact.subject)] = std::string(fact.text);
  if (fact.kind == world::FactKind::kLog) story_ += fmt::format("  {}: {}\n", name, fact.text);
}

template <class Value>
Value MtaLab::finish(awaitable<Value> work) {
  auto answer = std::make_shared<std::optional<Value>>();
  world::spawn(
      world_->world(),
      [](awaitable<Value> running, std::shared_ptr<std::optional<Value>> into) -> awaitable<void> {
        *into = co_await std::move(running);
      }(std::move(work), answer));
  EXPECT_TRUE(until([&] { return answer->has_value(); }, 60));
  return answer->value_or(Value{});
}

std::string MtaLab::told(awaitable<std::string> work) { return finish(std::move(work)); }

void MtaLab::expect(awaitable<std::string> work) { EXPECT_EQ(finish(std::move(work)), ""); }

std::vector<control::QueueRow> MtaLab::rows(const std::string& host) {
  return finish(station(host).queue_rows());
}

void MtaLab::start(const std::string& host) {
  hosts_.at(host).digest = {};
  expect(station(host).start());
}

void MtaLab::send(const std::string& to, const std::string& subject) {
  expect(station(kSender).submit(
      {"a@example.net",
       {to},
       fmt::format("From: <a@example.net>\r\nTo: <{}>\r\nSubject: {}\r\n\r\nHello.\r\n", to,
                   subject)}));
}

bool MtaLab::until(const std::function<bool()>& done, int seconds) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!done()) {
    if (std::chrono::steady_clock::now() >= limit) return false;
    // Mail lies in a mailbox before its log line is written; so look again after a while, too.
    world_->io().run_one_for(std::chrono::milliseconds(100));
  }
  return true;
}

std::string MtaLab::story() const { return "what they said:\n" + story_; }

}  // namespace mxlab::sim::live
