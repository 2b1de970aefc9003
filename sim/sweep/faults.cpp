#include "sim/sweep/faults.hpp"

#include <fmt/format.h>

#include "sim/scenario/words.hpp"

namespace mxlab::sim::faults {
namespace {

using Texts = std::vector<std::string>;

/// Backups are what is tested; the others only make their life hard.
std::string server(const Cast& cast, Chance& chance) {
  return chance.one_in(4) ? chance.of(cast.primaries()) : chance.of(cast.backups);
}

std::string primary_or_backup(const Cast& cast, Chance& chance) {
  return chance.one_in(4) ? chance.of(cast.backups) : chance.of(cast.primaries());
}

DrawnFault life(const char* verb, const Cast& cast, Chance& chance) {
  const std::string host = server(cast, chance);
  return {fmt::format("{}: {}", verb, host), fmt::format("start: {}", host), host};
}

DrawnFault moment(const Cast& cast, Chance& chance) {
  const std::string host = chance.of(cast.backups);
  const auto marks = scenario::words::kMarks;
  return {fmt::format("{}: {{{}: {}}}", chance.one_in(2) ? "crash" : "kill", host,
                      marks[chance.below(marks.size())]),
          fmt::format("start: {}", host), host};
}

DrawnFault pause(const Cast& cast, Chance& chance) {
  const std::string host = primary_or_backup(cast, chance);
  const bool relay = host.starts_with("backup");
  const std::string part = relay && chance.one_in(2) ? "mta" : "smtp";
  return {fmt::format("pause: {{{}: {}}}", host, part),
          fmt::format("resume: {{{}: {}}}", host, part), host};
}

DrawnFault disk_error(const Cast& cast, Chance& chance) {
  return {fmt::format("disk: {{{}: {{error: {}, calls: {}}}}}", chance.of(cast.backups),
                      chance.one_in(2) ? "EIO" : "ENOSPC", 1 + chance.below(30)),
          "", ""};
}

DrawnFault disk_full(const Cast& cast, Chance& chance) {
  const std::string host = server(cast, chance);
  return {fmt::format("full: {}", host), fmt::format("empty: {}", host), ""};
}

DrawnFault network(const char* verb, const Cast& cast, Chance& chance) {
  const std::string host =
      chance.one_in(4) ? chance.of(cast.hosts()) : primary_or_backup(cast, chance);
  return {fmt::format("{}: {}", verb, host), fmt::format("heal: {}", host), ""};
}

DrawnFault one_way(const Cast& cast, Chance& chance) {
  const Texts hosts = cast.hosts();
  const std::string to = primary_or_backup(cast, chance), from = chance.of(hosts);
  if (to == from) return {};
  const std::string verb =
      chance.of(Texts{"blackhole", "blackhole", "reject", "prohibit", "unreachable"});
  return {fmt::format("{}: {{to: {}, from: {}}}", verb, to, from), fmt::format("heal: {}", to), ""};
}

DrawnFault answers(const Cast& cast, Chance& chance) {
  const Texts replies{"\"451 4.3.0 later\"",
                      "\"421 4.3.2 closing\"",
                      "\"550 5.7.1 no\"",
                      "\"452 4.3.1 full\"",
                      "close",
                      "lose",
                      "silence"};
  const std::string host = chance.of(cast.primaries());
  // Most of what is wrong with a primary that came back shows at RCPT or after the dot.
  const Texts points{"connect", "ehlo", "mail", "rcpt", "rcpt", "data", "dot", "dot"};
  return {fmt::format("answer: {{{}: {{{}: {}}}}}", host, chance.of(points), chance.of(replies)),
          fmt::format("answer: {{{}: normal}}", host), ""};
}

DrawnFault slow(const Cast& cast, Chance& chance) {
  const std::string host = chance.of(cast.primaries());
  return {fmt::format("slow: {{{}: {}}}", host, chance.of(Texts{"100ms", "5s", "4m"})),
          fmt::format("slow: {{{}: 0s}}", host), ""};
}

DrawnFault names(const Cast& cast, Chance& chance) {
  const Texts lies{"servfail",  "refused",   "silence", "wrong-id",
                   "malformed", "truncated", "empty",   "delay 3s"};
  const std::string question = chance.one_in(2)
                                   ? chance.of(cast.domains).name + " MX"
                                   : chance.of(cast.hosts()) + (chance.one_in(2) ? " A" : " AAAA");
  return {fmt::format("lie: {{{}: {}}}", question, chance.of(lies)),
          fmt::format("lie: {{{}: truth}}", question), ""};
}

/// The domain vanishes; what comes back is one primary, which every backup may use.
DrawnFault records(const Cast& cast, Chance& chance) {
  const Domain& domain = chance.of(cast.domains);
  return {fmt::format("dns: {{{}: []}}", domain.name),
          fmt::format("dns: {{{}: [MX 10 {}]}}", domain.name, domain.primaries.front()), ""};
}

DrawnFault clock(const Cast& cast, Chance& chance) {
  return {fmt::format("clock: {{{}: {}{}}}", chance.of(cast.backups), chance.one_in(2) ? "+" : "-",
                      chance.of(Texts{"1s", "1m", "1h", "1d"})),
          "", ""};
}

DrawnFault operation(const Cast& cast, Chance& chance) {
  return {fmt::format("schedule: {}", chance.of(cast.backups)), "", ""};
}

}  // namespace

DrawnFault draw_outage(const std::string& primary, const Cast& cast, Chance& chance) {
  const std::string verb = chance.of(
      Texts{"stop", "stop", "blackhole", "reject", "unreachable", "pause", "answer", "one way"});
  if (verb == "stop")
    return {fmt::format("stop: {}", primary), fmt::format("start: {}", primary), primary};
  if (verb == "pause")
    return {fmt::format("pause: {{{}: smtp}}", primary),
            fmt::format("resume: {{{}: smtp}}", primary), primary};
  if (verb == "answer")
    return {fmt::format("answer: {{{}: {{connect: \"421 4.3.2 closing\"}}}}", primary),
            fmt::format("answer: {{{}: normal}}", primary), ""};
  if (verb == "one way")
    return {fmt::format("reject: {{to: {}, from: {}}}", primary, chance.of(cast.senders)),
            fmt::format("heal: {}", primary), ""};
  return {fmt::format("{}: {}", verb, primary), fmt::format("heal: {}", primary), ""};
}

DrawnFault draw(Fault kind, const Cast& cast, Chance& chance) {
  switch (kind) {
    case Fault::kPowerCut:
      return life("crash", cast, chance);
    case Fault::kKill:
      return life("kill", cast, chance);
    case Fault::kMoment:
      return moment(cast, chance);
    case Fault::kRestart:
      return {fmt::format("restart: {}", server(cast, chance)), "", ""};
    case Fault::kStop:
      return life("stop", cast, chance);
    case Fault::kPause:
      return pause(cast, chance);
    case Fault::kDiskError:
      return disk_error(cast, chance);
    case Fault::kDiskFull:
      return disk_full(cast, chance);
    case Fault::kNoAnswer:
      return network("blackhole", cast, chance);
    case Fault::kRefused:
      return network("reject", cast, chance);
    case Fault::kProhibited:
      return network("prohibit", cast, chance);
    case Fault::kUnreachable:
      return network("unreachable", cast, chance);
    case Fault::kOneWay:
      return one_way(cast, chance);
    case Fault::kAnswers:
      return answers(cast, chance);
    case Fault::kSlow:
      return slow(cast, chance);
    case Fault::kNames:
      return names(cast, chance);
    case Fault::kRecords:
      return records(cast, chance);
    case Fault::kClock:
      return clock(cast, chance);
    case Fault::kOperator:
      return operation(cast, chance);
  }
  return {};
}

}  // namespace mxlab::sim::faults
