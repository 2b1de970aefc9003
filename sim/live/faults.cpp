#include "sim/live/faults.hpp"

#include <fmt/format.h>
#include <stdexcept>
#include <utility>

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

bool Faults::has_netem() {
  const Machine& any = *wires_.machines().front();
  if (run_tc(any, {"add", "dev", "lo", "root", "netem", "delay", "1ms"}).status != 0) return false;
  run_tc(any, {"del", "dev", "lo", "root"});
  return true;
}

void Faults::set_line(const Line& line) {
  line_ = line;
  for (const auto& machine : wires_.machines()) {
    if (line.is_slow()) shape(*machine);
    if (line.loss > 0) apply(machine->name());
  }
}

/// netem spreads evenly around a mean.
void Faults::shape(const Machine& machine) {
  const auto micros = [](world::Duration span) {
    return fmt::format("{}us", std::chrono::duration_cast<std::chrono::microseconds>(span).count());
  };
  std::vector<std::string> words{"replace", "dev", "eth0", "root", "netem", "limit", "100000"};
  if (line_.most > world::Duration{})
    words.insert(words.end(), {"delay", micros((line_.least + line_.most) / 2),
                               micros((line_.most - line_.least) / 2)});
  if (line_.rate > 0) words.insert(words.end(), {"rate", fmt::format("{}bps", line_.rate)});
  const Finished tc = run_tc(machine, std::move(words));
  if (tc.status != 0)
    throw std::runtime_error(
        fmt::format("cannot make the wire of {} slow: {}", machine.name(), tc.error));
}

void Faults::heal(const std::string& victim, const std::string& from) {
  const auto at = victims_.find(victim);
  if (at == victims_.end()) return;
  if (from.empty()) {
    at->second = {};
  } else {
    at->second.by_sender.erase(from);
  }
  apply(victim);
}

void Faults::heal_all() {
  const Line line = std::exchange(line_, {});
  const auto victims = std::exchange(victims_, {});
  for (const auto& machine : wires_.machines()) {
    if (line.is_slow()) run_tc(*machine, {"del", "dev", "eth0", "root"});
    if (line.loss > 0 || victims.contains(machine->name())) apply(machine->name());
  }
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
  if (line_.loss >= 1)
    in += "drop\n";
  else if (line_.loss > 0)
    in += fmt::format("numgen random mod {} < {} drop\n", kLossSteps,
                      static_cast<int>(line_.loss * kLossSteps));
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
