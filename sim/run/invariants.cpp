#include "sim/run/invariants.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "sim/run/machine.hpp"
#include "sim/scenario/values.hpp"

namespace mxlab::sim {
namespace {
constexpr std::uint16_t kSmtpPort = 25;
constexpr std::size_t kMostSentences = 20;
constexpr Duration kClockGrain = std::chrono::seconds(1);  // of the queue's times
/// Whose wall clock jumps, keeps mail as long as that clock says.
bool has_own_time(const scenario::Scenario& scenario, const std::string& host) {
  const auto sets_it = [&](const scenario::Action& action) {
    const auto* step = std::get_if<scenario::ClockStep>(&action.value);
    return step != nullptr && step->host == host;
  };
  return std::ranges::any_of(scenario.steps, [&](const scenario::Step& step) {
    return std::ranges::any_of(step.actions, sets_it);
  });
}

std::map<std::string, Duration> lifetimes_in(const scenario::Scenario& scenario) {
  std::map<std::string, Duration> lifetimes;
  for (const auto& host : scenario.hosts) {
    if (host.kind != scenario::Kind::kMxrelayd || has_own_time(scenario, host.name)) continue;
    const auto parsed = parse_host_config(host, scenario.file);
    if (!parsed.config) continue;
    Duration least = parsed.config->queue_ttl;
    for (const auto& [name, action] : parsed.config->actions)
      least = std::min(least, action.ttl.value_or(least));
    lifetimes[host.name] = least;
  }
  return lifetimes;
}

}  // namespace

Invariants::Invariants(Stage& stage) : stage_(stage), lifetimes_(lifetimes_in(stage.scenario())) {
  stage.trace().on_event([this](const Event& event) { read(event); });
}

void Invariants::add(std::string sentence) {
  if (broken_.size() < kMostSentences &&
      std::find(broken_.begin(), broken_.end(), sentence) == broken_.end())
    broken_.push_back(std::move(sentence));
}

void Invariants::read(const Event& event) {
  if (event.host >= stage_.scenario().hosts.size()) return;
  const scenario::HostSpec& host = stage_.spec(event.host);
  if (event.kind == EventKind::kSyn && event.to.port == kSmtpPort &&
      host.role == scenario::Role::kRelay)
    check_connection(host, event);
  if (event.kind == EventKind::kQueue && event.text.starts_with("Expired"))
    check_expiry(host, event);
  // RFC 5321 4.5.5: nobody is told of the fate of a report.
  if (event.kind == EventKind::kQueue && event.text == "report to ")
    add(fmt::format("{} made a report to the null sender", host.name));
}

void Invariants::check_connection(const scenario::HostSpec& relay, const Event& event) {
  const auto& hosts = stage_.scenario().hosts;
  const auto target = std::find_if(hosts.begin(), hosts.end(), [&](const auto& host) {
    return std::find(host.addresses.begin(), host.addresses.end(), event.to.address) !=
           host.addresses.end();
  });
  if (target == hosts.end()) return;
  if (&*target == &relay)
    add(fmt::format("{} connected to itself", relay.name));
  else if (!may_use(relay, *target))
    add(fmt::format("{} connected to {}, which is no better an MX than itself", relay.name,
                    target->name));
}

/// RFC 5321 4.5.4.1: who gives up too early loses what might have arrived.
void Invariants::check_expiry(const scenario::HostSpec& relay, const Event& event) {
  const auto lifetime = lifetimes_.find(relay.name);
  const auto& lives = stage_.chronicle.host(event.host).envelopes;
  const auto life = lives.find(event.subject);
  if (lifetime == lifetimes_.end() || life == lives.end() ||
      !life->second.text.starts_with("accepted for "))
    return;
  const Duration age = event.at - life->second.accepted;
  if (age + stage_.tolerance() + kClockGrain < lifetime->second)
    add(fmt::format("{} gave up {} after {}, and should have kept it for {}", relay.name,
                    event.subject, scenario::to_text(age), scenario::to_text(lifetime->second)));
}

/// RFC 5321 5.1: wherever the relay itself is an MX host, only better ones are for it.
bool Invariants::may_use(const scenario::HostSpec& relay, const scenario::HostSpec& target) const {
  bool common = false;
  const auto permit = [&](const Stage::MxHosts& domains) {
    return std::ranges::any_of(domains, [&](const auto& domain) {
      const auto& hosts = domain.second;
      const auto own = hosts.find(relay.name), other = hosts.find(target.name);
      if (other == hosts.end()) return false;
      common = true;
      return own == hosts.end() || other->second < own->second;
    });
  };
  return permit(stage_.mx_hosts()) || std::ranges::any_of(stage_.former_mx_hosts(), permit) ||
         !common;
}

void Invariants::audit() {
  const bool drained = stage_.drained();
  const Evidence evidence = stage_.evidence();
  for (std::string& sentence : stage_.ledger.audit(evidence)) add(std::move(sentence));
  if (!drained) return;
  for (const control::QueueRow& row : evidence.rows)
    add(fmt::format("a queue holds {} for <{}>, and its host's counters say that it is empty",
                    row.envelope_id, row.recipient));
}

void Invariants::check_relays() {
  for (HostNumber i = 0; i < stage_.scenario().hosts.size(); ++i)
    if (const std::string fault = stage_.fault_of(i); !fault.empty())
      add(fmt::format("{}: {}", stage_.spec(i).name, fault));
}

}  // namespace mxlab::sim
