#include "sim/run/invariants.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mxlab::sim {
namespace {
constexpr std::uint16_t kSmtpPort = 25;
constexpr std::size_t kMostSentences = 20;
}  // namespace

Invariants::Invariants(Lab& lab) : lab_(lab) {
  lab.simulation.trace().on_event([this](const Event& event) { read(event); });
}

void Invariants::add(std::string sentence) {
  if (broken_.size() < kMostSentences &&
      std::find(broken_.begin(), broken_.end(), sentence) == broken_.end())
    broken_.push_back(std::move(sentence));
}

void Invariants::read(const Event& event) {
  if (event.host >= lab_.hosts().size()) return;
  const LabHost& host = *lab_.hosts()[event.host];
  if (event.kind == EventKind::kSyn && event.to.port == kSmtpPort &&
      host.spec.role == scenario::Role::kRelay)
    check_connection(host, event);
  // RFC 5321 4.5.5: nobody is told of the fate of a report.
  if (event.kind == EventKind::kQueue && event.text == "report to ")
    add(fmt::format("{} made a report to the null sender", host.spec.name));
}

void Invariants::check_connection(const LabHost& relay, const Event& event) {
  Host* target = lab_.simulation.find(event.to.address);
  if (target == nullptr || target->index >= lab_.hosts().size()) return;
  const LabHost& other = *lab_.hosts()[target->index];
  if (&other == &relay)
    add(fmt::format("{} connected to itself", relay.spec.name));
  else if (!may_use(relay, other))
    add(fmt::format("{} connected to {}, which is no better an MX than itself", relay.spec.name,
                    other.spec.name));
}

/// RFC 5321 5.1: wherever the relay itself is an MX host, only better ones are for it.
bool Invariants::may_use(const LabHost& relay, const LabHost& target) const {
  bool common = false;
  for (const auto& [domain, hosts] : lab_.mx_hosts()) {
    auto own = hosts.find(relay.spec.name), other = hosts.find(target.spec.name);
    if (other == hosts.end()) continue;
    if (own == hosts.end() || other->second < own->second) return true;
    common = true;
  }
  return !common;
}

void Invariants::audit() {
  const bool drained = lab_.drained();
  const Evidence evidence = lab_.evidence();
  for (std::string& sentence : lab_.ledger.audit(evidence)) add(std::move(sentence));
  if (!drained) return;
  for (const control::QueueRow& row : evidence.rows)
    add(fmt::format("a queue holds {} for <{}>, and its host's counters say that it is empty",
                    row.envelope_id, row.recipient));
}

void Invariants::check_relays() {
  for (const auto& host : lab_.hosts())
    if (auto relay = host->relay.lock(); relay && !relay->fault().empty())
      add(fmt::format("{}: {}", host->spec.name, relay->fault()));
}

}  // namespace mxlab::sim
