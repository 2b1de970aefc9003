#include "sim/live/live_lab.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "fakedns/record.hpp"
#include "relay/world/spawn.hpp"
#include "sim/live/connection.hpp"
#include "sim/live/mta_process.hpp"
#include "sim/live/playable.hpp"
#include "sim/run/zones.hpp"

namespace mxlab::sim::live {
namespace {
using namespace std::chrono_literals;

constexpr Duration kPatience = 60s;        // for a program that answers no question
constexpr Duration kLonger = 60s;          // than the same story on virtual time
constexpr Duration kScheduleAgain = 4s;    // while they do, whoever waits is asked to try again
constexpr std::uint64_t kSpool = 8 << 20;  // bytes, where the scenario fills a relay's disk

/// The lab's own programs speak through their events.
class Silent final : public world::Journal {
 public:
  void record(const world::Fact&) override {}
};

std::vector<MachineSpec> machines_of(const scenario::Scenario& scenario) {
  std::vector<MachineSpec> machines;
  for (const auto& spec : scenario.hosts) machines.push_back({spec.name, spec.addresses});
  return machines;
}

/// The hosts with the lines that are for real wires only.
std::vector<scenario::HostSpec> specs_of(const scenario::Scenario& scenario) {
  std::vector<scenario::HostSpec> specs = scenario.hosts;
  for (auto& spec : specs)
    if (const auto lines = scenario.live.config.find(spec.name);
        lines != scenario.live.config.end())
      spec.config_text += "\n" + lines->second;
  return specs;
}

bool fills_disk(const scenario::Scenario& scenario, const std::string& host) {
  for (const auto& step : scenario.steps)
    for (const auto& action : step.actions)
      if (const auto* act = std::get_if<scenario::HostAction>(&action.value))
        if (act->verb == scenario::HostVerb::kFull && act->host == host) return true;
  return false;
}

FaultKind fault_kind(scenario::HostVerb verb) {
  switch (verb) {
    case scenario::HostVerb::kBlackhole:
      return FaultKind::kDrop;
    case scenario::HostVerb::kReject:
      return FaultKind::kReject;
    case scenario::HostVerb::kProhibit:
      return FaultKind::kProhibit;
    default:
      return FaultKind::kUnreachable;
  }
}

Line line_of(const scenario::Scenario& scenario) {
  const auto& network = scenario.network;
  Line line{.loss = network.datagram_loss};
  if (!needs_netem(scenario)) return line;
  line.least = network.latency_min;
  line.most = network.latency_max;
  line.rate = network.rate;
  return line;
}

StoryClock clock_from_now(world::RealWorld& lab, unsigned speed) {
  const world::Clock& clock = lab.world().clock;
  return {speed, clock.now().time_since_epoch().count(),
          clock.steady_now().time_since_epoch().count()};
}

}  // namespace

LiveLab::LiveLab(const scenario::Scenario& scenario, const Options& options)
    : Stage(scenario, events),
      journal_(std::make_unique<Silent>()),
      wires_(options.place, machines_of(scenario)),
      faults_(wires_),
      specs_(specs_of(scenario)),
      world_(std::make_unique<world::RealWorld>(disk_, *journal_)),
      clock_(clock_from_now(*world_, scenario.live.speed)),
      longest_wait_(options.story + in_story(kLonger)),
      hosts_(scenario.hosts.size()) {
  fill_zones(zones_, scenario);
  for (const auto& record : scenario.dns) note_mx(record);
  serve_names();
  for (HostNumber i = 0; i < hosts_.size(); ++i) add_station(i, options);
  change_programs(options);
  boot_all();
  faults_.set_line(line_of(scenario));
  start_ = now();
}

void LiveLab::add_station(HostNumber number, const Options& options) {
  LiveHost& host = hosts_[number];
  Machine& machine = wires_.machine(spec(number).name);
  Facts facts = [this, number](TimePoint at, const world::Fact& fact) {
    note_fact(number, at, fact);
  };
  Died died = [this, number](std::string why) {
    hosts_[number].fault = why;
    note(number, EventKind::kNote, why);
  };
  if (is_mta(spec(number).kind)) {
    MtaHost mta = mta_host(scenario(), spec(number), mx_hosts());
    if (const auto lines = scenario().live.config.find(mta.name);
        lines != scenario().live.config.end())
      mta.extra += lines->second;
    host.station = std::make_unique<MtaProcess>(
        *world_, MtaProcess::Options{machine, std::move(mta)}, std::move(facts), std::move(died));
    return;
  }
  if (spec(number).kind == scenario::Kind::kActor) {
    auto actor = std::make_unique<ActorProcess>(
        *world_, ActorProcess::Options{machine, specs_[number]}, std::move(facts), std::move(died));
    host.actor = actor.get();
    host.station = std::move(actor);
    return;
  }
  const std::uint64_t disk = fills_disk(scenario(), spec(number).name) ? kSpool : 0;
  auto relay = std::make_unique<RelayProcess>(
      *world_, RelayProcess::Options{machine, specs_[number], options.mxrelayd, disk},
      std::move(facts), std::move(died));
  host.relay = relay.get();
  host.station = std::move(relay);
}

void LiveLab::serve_names() {
  auto server = std::make_shared<fakedns::Server>(world_->world(), zones_, lies_);
  server->on_question = [this](const fakedns::Answered& question) { note_question(question); };
  for (const char* address : {kNameServer, kNameServer6})
    server->start({asio::ip::make_address(address), 53});
  world_->hold(server);
}

/// Everybody at once: programs take their time to start.
void LiveLab::boot_all() {
  std::size_t waiting = 0;
  std::string trouble;
  for (HostNumber i = 0; i < hosts_.size(); ++i) {
    if (!spec(i).starts) continue;
    ++waiting;
    note(i, EventKind::kBoot);
    begin(hosts_[i].station->start(), [this, i, &waiting, &trouble](std::string why) {
      --waiting;
      if (!why.empty()) trouble = fmt::format("{} does not start: {}", spec(i).name, why);
    });
  }
  const TimePoint limit = now() + in_story(kPatience);
  while (waiting > 0 && step(limit)) {
  }
  if (waiting > 0) throw std::runtime_error(fmt::format("{} programs do not start", waiting));
  if (!trouble.empty()) throw std::runtime_error(trouble);
}

// --- time ----------------------------------------------------------------------------------------

TimePoint LiveLab::now() const {
  return TimePoint(Duration(clock_.told(world_->world().clock.now().time_since_epoch().count())));
}

TimePoint LiveLab::next_deadline(TimePoint limit) const {
  return timers_.empty() ? limit : std::min(limit, timers_.begin()->first);
}

void LiveLab::fire_due() {
  while (!timers_.empty() && timers_.begin()->first <= now()) {
    auto event = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    event();
  }
}

bool LiveLab::step(TimePoint limit) {
  fire_due();
  const Duration left(clock_.real_wait((next_deadline(limit) - now()).count()));
  auto& io = world_->io();
  if (io.stopped()) io.restart();
  // A long wait is cut into days: the loop's own clock knows no later times.
  const bool happened = io.run_one_for(std::clamp<Duration>(left, 0s, 24h)) > 0;
  fire_due();
  for (const auto& hook : hooks_) hook();
  return happened || now() < limit;
}

void LiveLab::run_until(TimePoint end) {
  while (step(end)) {
  }
}

void LiveLab::at(TimePoint when, std::function<void()> event) {
  timers_.emplace(when, std::move(event));
}

void LiveLab::begin(awaitable<std::string> work, Told told) {
  world::spawn(world_->world(), [](awaitable<std::string> running, Told tell) -> awaitable<void> {
    tell(co_await std::move(running));
  }(std::move(work), std::move(told)));
}

template <class Value>
Value LiveLab::finish(awaitable<Value> work, Value late) {
  auto answer = std::make_shared<std::optional<Value>>();
  world::spawn(
      world_->world(),
      [](awaitable<Value> running, std::shared_ptr<std::optional<Value>> into) -> awaitable<void> {
        *into = co_await std::move(running);
      }(std::move(work), answer));
  const TimePoint limit = now() + in_story(kPatience);
  while (!*answer && step(limit)) {
  }
  return *answer ? std::move(**answer) : std::move(late);
}

// --- what happens --------------------------------------------------------------------------------

void LiveLab::note(HostNumber host, EventKind kind, std::string_view text) {
  recorded = std::max(recorded, now());
  events.record(host, kind, text);
}

/// Programs tell a little later what has happened; the trace keeps one order all the same.
void LiveLab::note_fact(HostNumber host, TimePoint at, const world::Fact& fact) {
  if (fact.kind == world::FactKind::kTrace) return;
  recorded = std::max(recorded, at);
  if (fact.kind == world::FactKind::kLog)
    if (const auto to = connection_in(fact.text))
      events.record(host, EventKind::kSyn, Packet{{spec(host).addresses.front(), 0}, *to}, "pass");
  events.record(host, fact);
}

void LiveLab::note_question(const fakedns::Answered& question) {
  for (HostNumber i = 0; i < hosts_.size(); ++i) {
    const auto& addresses = spec(i).addresses;
    if (std::find(addresses.begin(), addresses.end(), question.asker.address) != addresses.end())
      chronicle.asked(i, question.name, fakedns::type_name(question.type));
  }
}

// --- hosts ---------------------------------------------------------------------------------------

void LiveLab::boot(HostNumber number) {
  LiveHost& host = hosts_[number];
  if (host.station->is_up()) return;
  host.fault.clear();
  if (std::exchange(host.without_power, false)) faults_.heal(spec(number).name);
  note(number, EventKind::kBoot);
  host.fault = finish(host.station->start(), std::string("it does not answer"));
}

void LiveLab::stop(HostNumber number) {
  if (!is_up(number)) return;
  finish(hosts_[number].station->stop(), std::string());
  note(number, EventKind::kStop);
}

void LiveLab::end(HostNumber number, EventKind how) {
  if (!is_up(number)) return;
  hosts_[number].station->kill();
  note(number, how);
}

void LiveLab::crash(HostNumber number) {
  if (!is_up(number)) return;
  faults_.set(spec(number).name, FaultKind::kDrop);
  hosts_[number].without_power = true;
  end(number, EventKind::kCrash);
}

void LiveLab::pause(HostNumber host, const std::string& part, bool paused, Told told) {
  if (!is_up(host)) return told("it is down");
  told(finish(hosts_[host].station->pause(part, paused), std::string("it does not answer")));
}

void LiveLab::schedule(HostNumber host, Told told) {
  if (!is_up(host)) return told("it is down");
  told(finish(hosts_[host].station->schedule_all(), std::string("it does not answer")));
}

void LiveLab::set_full(HostNumber number, bool full) {
  LiveHost& host = hosts_[number];
  if (host.relay != nullptr) host.relay->full(full);
  if (host.actor != nullptr) host.actor->full(full);
}

// --- faults --------------------------------------------------------------------------------------

void LiveLab::network(const scenario::HostAction& action) {
  if (action.verb == scenario::HostVerb::kHeal) return faults_.heal(action.host, action.from);
  faults_.set(action.host, fault_kind(action.verb), action.from);
}

void LiveLab::answer(const scenario::Answer& answer) {
  ActorProcess* actor = hosts_[number_of(answer.host)].actor;
  if (actor == nullptr) throw std::logic_error(answer.host + " is no actor");
  if (answer.reply == "normal" && answer.at.empty())
    actor->reset_manners();
  else
    actor->answer(answer);
}

void LiveLab::slow(const scenario::Slow& slow) {
  ActorProcess* actor = hosts_[number_of(slow.host)].actor;
  if (actor == nullptr) throw std::logic_error(slow.host + " is no actor");
  actor->slow(slow.delay);
}

void LiveLab::lie(const scenario::DnsLie& lie) {
  if (lie.lie == "truth") {
    lies_.clear(lie.name, lie.type);
    return;
  }
  fakedns::Lie told = fakedns::parse_lie(lie_text(lie));
  told.delay = Duration(clock_.real_wait(told.delay.count()));
  lies_.set(lie.name, lie.type, told);
}

void LiveLab::heal_everything() {
  faults_.heal_all();
  lies_.clear_all();
  for (HostNumber i = 0; i < hosts_.size(); ++i) {
    LiveHost& host = hosts_[i];
    if (host.actor != nullptr) host.actor->reset_manners();
    if (host.relay != nullptr && fills_disk(scenario(), spec(i).name)) host.relay->full(false);
    boot(i);
    if (spec(i).role == scenario::Role::kClient) continue;
    for (const char* part : {"smtp", "mta", "mda"})
      finish(host.station->pause(part, false), std::string());
  }
  schedule_again();
}

/// Real time is short: nobody waits for the next attempt of its schedule.
void LiveLab::schedule_again() {
  for (HostNumber i = 0; i < hosts_.size(); ++i)
    if (spec(i).role != scenario::Role::kClient && is_up(i))
      begin(hosts_[i].station->schedule_all(), [](std::string) {});
  at(now() + in_story(kScheduleAgain), [this] { schedule_again(); });
}

void LiveLab::change_dns(const scenario::DnsChange& change) {
  zones_.remove(change.name);
  forget_mx(change.name);
  for (const auto& record : change.records) {
    zones_.add(record.name, record.text, record.ttl.value_or(fakedns::kDefaultTtl));
    note_mx(record);
  }
}

// --- mail ----------------------------------------------------------------------------------------

void LiveLab::submit(HostNumber host, Letter letter, Told told) {
  begin(hosts_[host].station->submit(std::move(letter)), std::move(told));
}

void LiveLab::hold(const scenario::Dialogue& dialogue, Told told) {
  ActorProcess* actor = hosts_[number_of(dialogue.from)].actor;
  if (actor == nullptr) return told("only an actor speaks line by line");
  DialogueScript script;
  script.to = {spec(number_of(dialogue.to)).addresses.front(), dialogue.port};
  script.say = dialogue.say;
  script.hear = dialogue.hear;
  begin(actor->hold(std::move(script)), std::move(told));
}

std::vector<Delivered> LiveLab::mail_of(HostNumber host) { return hosts_[host].station->mail(); }

/// A relay's own mailboxes are files, where nobody counts copies.
const std::vector<Delivered>& LiveLab::delivered_to(HostNumber number) {
  LiveHost& host = hosts_[number];
  if (spec(number).role != scenario::Role::kRelay) host.mail = host.station->mail();
  return host.mail;
}

std::vector<control::QueueRow> LiveLab::rows_of(HostNumber host) {
  if (!is_up(host)) return {};
  return finish(hosts_[host].station->queue_rows(), std::vector<control::QueueRow>());
}

}  // namespace mxlab::sim::live
