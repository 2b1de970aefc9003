#include "sim/run/lab.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <sstream>

#include "fakedns/record.hpp"
#include "relay/world/spawn.hpp"
#include "sim/judge/mail.hpp"
#include "sim/run/machine.hpp"

namespace mxlab::sim {
namespace {
using namespace std::chrono_literals;

const world::Endpoint kNameServer{asio::ip::make_address("192.0.2.53"), 53};
const world::Endpoint kNameServer6{asio::ip::make_address("2001:db8::53"), 53};
constexpr Duration kPatience = 60s;  // of virtual time, for a daemon that answers no question

/// Hosts without an IPv4 address ask over IPv6.
world::Endpoint name_server_of(const scenario::HostSpec& spec) {
  const bool has_v4 = std::any_of(spec.addresses.begin(), spec.addresses.end(),
                                  [](const world::Address& address) { return address.is_v4(); });
  return has_v4 ? kNameServer : kNameServer6;
}

InboxOptions inbox_options(const scenario::HostSpec& spec) {
  InboxOptions options;
  options.name = spec.name;
  if (spec.tls) options.certificate = make_certificate(spec.name);
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
    : simulation(seed), chronicle(simulation.trace(), scenario.hosts.size()), scenario_(scenario) {
  Quality quality;
  quality.latency_min = scenario.network.latency_min;
  quality.latency_max = scenario.network.latency_max;
  quality.loss = scenario.network.datagram_loss;
  quality.duplicate = scenario.network.datagram_duplicates;
  if (!scenario.network.split_writes) quality.split = 0;
  simulation.wires().set_quality(quality);
  for (const auto& spec : scenario.hosts) {
    hosts_.push_back(std::make_unique<LabHost>(spec));
    LabHost& host = *hosts_.back();
    host.machine = &simulation.add_host(spec.name, spec.addresses);
    host.machine->storage_latency = scenario.network.disk_latency;
    if (spec.role == scenario::Role::kRelay) prepare_relay_disk(host.machine->disk(), spec);
  }
  add_zone_records();
  boot_name_server();
  for (auto& host : hosts_)
    if (host->spec.starts) boot(*host);
}

LabHost& Lab::host(const std::string& name) {
  for (auto& host : hosts_)
    if (host->spec.name == name) return *host;
  throw std::logic_error("no host " + name);  // the parser has checked all names
}

LabHost& Lab::only_sender() {
  for (auto& host : hosts_)
    if (host->spec.role == scenario::Role::kSender) return *host;
  throw std::logic_error("no sender");
}

std::shared_ptr<Station> Lab::station(const std::string& name) { return host(name).station.lock(); }

// --- DNS -----------------------------------------------------------------------------------------

/// The scenario's records, then the hosts' own addresses and reverse names where it says nothing.
void Lab::add_zone_records() {
  zones.add_zone(".");
  if (!scenario_.zone.empty())
    zones.add_zone(fakedns::parse_zone_file(scenario_.zone, scenario_.file));
  std::map<std::string, std::set<std::string>> given;  // name -> types
  for (const auto& record : scenario_.dns) {
    zones.add(record.name, record.text, record.ttl.value_or(fakedns::kDefaultTtl));
    given[record.name].insert(record.text.substr(0, record.text.find(' ')));
    note_mx(record);
  }
  for (const auto& spec : scenario_.hosts)
    for (const world::Address& address : spec.addresses) {
      const std::string type = address.is_v4() ? "A" : "AAAA";
      const auto& types = given[spec.name];
      if (!types.contains(type) && !types.contains("CNAME"))
        zones.add(spec.name, type + " " + address.to_string());
      if (spec.reverse_name && !given.contains(address.to_string()))
        zones.add(address.to_string(), "PTR " + spec.name);
    }
}

void Lab::change_dns(const std::string& name, const std::vector<scenario::Record>& records) {
  zones.remove(name);
  mx_hosts_.erase(name);
  for (const auto& record : records) {
    zones.add(record.name, record.text, record.ttl.value_or(fakedns::kDefaultTtl));
    note_mx(record);
  }
}

/// "MX 10 mail.example.org", with the host's own name or another one of its address.
void Lab::note_mx(const scenario::Record& record) {
  std::istringstream words(record.text);
  std::string type, exchange;
  std::uint16_t preference = 0;
  if (!(words >> type >> preference >> exchange) || type != "MX") return;
  if (exchange.back() == '.' && exchange.size() > 1) exchange.pop_back();
  for (const auto& host : hosts_)
    if (host->spec.name == exchange) mx_hosts_[record.name][exchange] = preference;
}

void Lab::boot_name_server() {
  name_server_ = &simulation.add_host("dns", {kNameServer.address, kNameServer6.address});
  simulation.boot(*name_server_, [this](world::World& world) {
    auto server = std::make_shared<fakedns::Server>(world, zones, lies);
    server->on_question = [this](const fakedns::Answered& answered) {
      if (Host* asker = simulation.find(answered.asker.address);
          asker != nullptr && asker->index < hosts_.size())
        chronicle.asked(asker->index, answered.name, fakedns::type_name(answered.type));
    };
    server->start(kNameServer);
    server->start(kNameServer6);
    return std::shared_ptr<void>(server);
  });
}

// --- hosts ---------------------------------------------------------------------------------------

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

void Lab::stop(LabHost& host) {
  if (auto running = host.station.lock()) running->stop();
  if (host.machine->up) simulation.stop(*host.machine);
}

void Lab::heal_everything() {
  simulation.wires().heal();
  lies.clear_all();
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

awaitable<void> Lab::post_letter(std::shared_ptr<Station> station, Letter letter,
                                 std::function<void(std::string)> done) {
  done(co_await station->submit(std::move(letter)));
}

void Lab::post(LabHost& host, Letter letter, std::string token,
               std::function<void(std::string)> refused) {
  auto running = host.station.lock();
  if (!running) return refused("it is down");
  std::vector<Posted> entries;
  for (const std::string& recipient : letter.recipients)
    entries.push_back({token, letter.sender, recipient, simulation.now()});
  auto done = [this, entries, refused = std::move(refused)](std::string trouble) {
    if (!trouble.empty()) return refused(std::move(trouble));
    for (const Posted& entry : entries) ledger.posted(entry);
  };
  world::spawn(host.machine->world(),
               post_letter(std::move(running), std::move(letter), std::move(done)));
  simulation.wake(*host.machine);
}

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

/// Asked after every step, so it reads each message once.
std::int64_t Lab::copies_too_many() const {
  copy_counts_.resize(hosts_.size());
  std::int64_t copies = 0;
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    CopyCount& count = copy_counts_[i];
    const auto& mail = hosts_[i]->mailboxes.all();
    for (; count.read < mail.size(); ++count.read) {
      const std::string id = header_value(mail[count.read].text, "Message-ID");
      // Without one, two messages cannot be told from two copies.
      if (!id.empty() && !count.seen.emplace(mail[count.read].mailbox, id).second) ++count.copies;
    }
    copies += count.copies;
  }
  return copies;
}

bool Lab::drained() const {
  for (const auto& host : hosts_) {
    if (host->spec.role == scenario::Role::kClient) continue;
    auto running = host->station.lock();
    auto relay = host->relay.lock();
    // Who is down, or has not read its queue yet, may hold mail that nobody sees.
    if (!running || (relay && !relay->started())) return false;
    const Digest& digest = running->digest();
    if (digest.enqueued != digest.dequeued) return false;
  }
  return true;
}

Evidence Lab::evidence() {
  Evidence evidence;
  evidence.excusable_copies = chronicle.crashes() + chronicle.indefinite();
  for (auto& host : hosts_) {
    if (host->spec.role == scenario::Role::kRelay) evidence.local_domains.insert(host->spec.name);
    for (auto& row : rows_of(*host)) evidence.rows.push_back(std::move(row));
    for (auto& mail : mail_of(*host)) evidence.mail.push_back(std::move(mail));
    for (const auto& [id, life] : chronicle.host(host->machine->index).envelopes) {
      // Between the commit of an outcome and its telling the power may have gone.
      const bool untold = life.outcome.empty() && !life.attempts.empty();
      if (!untold && !life.outcome.starts_with("PermFail") && !life.outcome.starts_with("Expired"))
        continue;
      static constexpr std::string_view kReport = "report to ", kMail = "accepted for ";
      if (life.text.starts_with(kReport) && !untold)
        ++evidence.dropped_reports[life.text.substr(kReport.size())];
      if (life.text.starts_with(kMail)) ++evidence.final_failures[life.text.substr(kMail.size())];
    }
  }
  return evidence;
}

}  // namespace mxlab::sim
