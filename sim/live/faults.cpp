#include "sim/live/faults.hpp"

#include <fmt/format.h>
#include <stdexcept>

#include "sim/live/child.hpp"

namespace mxlab::sim::live {
namespace {

constexpr int kLossSteps = 10'000;

const char* verdict_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::kReject:
      return "reject with icmpx type port-unreachable";
    case FaultKind::kProhibit:
      return "reject with icmpx type admin-prohibited";
    case FaultKind::kDrop:
    case FaultKind::kUnreachable:
      break;
  }
  return "drop";
}

/// The rules for packets from this address, or (without one) from everybody.
std::string rules_for(const Address* from, FaultKind kind) {
  const std::string saddr =
      from == nullptr
          ? ""
          : fmt::format("{} saddr {} ", from->is_v4() ? "ip" : "ip6", from->to_string());
  const std::string reset =
      kind == FaultKind::kReject ? saddr + "meta l4proto tcp reject with tcp reset\n" : "";
  // All but an absent machine's answer to neighbour discovery (RFC 4861) goes on.
  const std::string neighbours =
      kind == FaultKind::kUnreachable ? "" : saddr + "icmpv6 type {135, 136} accept\n";
  return neighbours + reset + saddr + verdict_of(kind) + "\n";
}

void run_nft(const Machine& machine, const std::string& rules) {
  const Finished nft = run_program(machine, {.words = {"nft", "-f", "-"}, .root = true}, rules);
  if (nft.status != 0)
    throw std::runtime_error(
        fmt::format("nftables does not do its part on {}: {}", machine.name(), nft.error));
}

Finished run_tc(const Machine& machine, std::vector<std::string> words) {
  words.insert(words.begin(), {"tc", "qdisc"});
  return run_program(machine, {.words = std::move(words), .environment = {}, .root = true});
}

}  // namespace

void Faults::set(const std::string& victim, FaultKind kind, const std::string& from) {
  victims_[victim].by_sender[from] = kind;
  apply(victim);
}

void Faults::lose(const std::string& victim, double share) {
  victims_[victim].loss = share;
  apply(victim);
}

bool Faults::can_delay() {
  if (!can_delay_) {
    const Machine& any = *wires_.machines().front();
    can_delay_ = run_tc(any, {"add", "dev", "lo", "root", "netem", "delay", "1ms"}).status == 0;
    if (*can_delay_) run_tc(any, {"del", "dev", "lo", "root"});
  }
  return *can_delay_;
}

void Faults::delay(const std::string& victim, world::Duration latency, world::Duration jitter) {
  const auto micros = [](world::Duration span) {
    return fmt::format("{}us", std::chrono::duration_cast<std::chrono::microseconds>(span).count());
  };
  const Finished tc = run_tc(wires_.machine(victim), {"replace", "dev", "eth0", "root", "netem",
                                                      "delay", micros(latency), micros(jitter)});
  if (tc.status != 0)
    throw std::runtime_error(fmt::format("cannot delay {}: {}", victim, tc.error));
  victims_[victim].delayed = true;
}

void Faults::heal(const std::string& victim, const std::string& from) {
  const auto at = victims_.find(victim);
  if (at == victims_.end()) return;
  if (from.empty()) {
    if (at->second.delayed) run_tc(wires_.machine(victim), {"del", "dev", "eth0", "root"});
    at->second = {};
  } else {
    at->second.by_sender.erase(from);
  }
  apply(victim);
}

void Faults::heal_all() {
  std::vector<std::string> names;
  for (const auto& [name, victim] : victims_) names.push_back(name);
  for (const std::string& name : names) heal(name);
  victims_.clear();
}

/// The victim's rules in place of those it had. What names one sender comes before what is about
/// everybody.
void Faults::apply(const std::string& name) {
  const Victim& victim = victims_[name];
  run_nft(wires_.machine(name), rules(victim));
  // Who knows a neighbour's hardware address does not ask for it, nor miss the answer.
  forget_neighbours();
}

std::string Faults::rules(const Victim& victim) const {
  std::string in, out, arp;
  for (auto rule = victim.by_sender.rbegin(); rule != victim.by_sender.rend(); ++rule) {
    const auto& [from, kind] = *rule;
    if (from.empty()) {
      in += rules_for(nullptr, kind);
      if (kind == FaultKind::kDrop) out += "drop\n";
      if (kind == FaultKind::kUnreachable) arp += "drop\n";
      continue;
    }
    for (const Address& address : wires_.machine(from).addresses()) {
      in += rules_for(&address, kind);
      if (kind == FaultKind::kUnreachable && address.is_v4())
        arp += fmt::format("arp saddr ip {} drop\n", address.to_string());
    }
  }
  if (victim.loss >= 1)
    in += "drop\n";
  else if (victim.loss > 0)
    in += fmt::format("numgen random mod {} < {} drop\n", kLossSteps,
                      static_cast<int>(victim.loss * kLossSteps));
  return fmt::format(
      "flush ruleset\n"
      "table inet faults {{\n"
      "chain in {{\ntype filter hook input priority 0;\niif lo accept\n{}}}\n"
      "chain out {{\ntype filter hook output priority 0;\noif lo accept\n{}}}\n}}\n"
      "table arp faults {{\nchain in {{\ntype filter hook input priority 0;\n{}}}\n}}\n",
      in, out, arp);
}

void Faults::forget_neighbours() {
  for (const auto& machine : wires_.machines())
    run_program(*machine, {.words = {"ip", "neighbour", "flush", "dev", "eth0"}, .root = true});
}

}  // namespace mxlab::sim::live
