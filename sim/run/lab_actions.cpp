// lab_actions.cpp - what a scenario's steps do to simulated machines, disks and wires.
#include <cerrno>
#include <fmt/format.h>

#include "relay/world/spawn.hpp"
#include "sim/actors/dialogue.hpp"
#include "sim/run/lab.hpp"
#include "sim/run/machine.hpp"
#include "sim/run/zones.hpp"

namespace mxlab::sim {
namespace {

using scenario::HostVerb;

Verdict verdict_of(HostVerb verb) {
  switch (verb) {
    case HostVerb::kBlackhole:
      return Verdict::kDrop;
    case HostVerb::kReject:
      return Verdict::kReject;
    case HostVerb::kProhibit:
      return Verdict::kProhibit;
    default:
      return Verdict::kUnreachable;
  }
}

awaitable<void> post_letter(std::shared_ptr<Station> station, Letter letter, Stage::Told told) {
  told(co_await station->submit(std::move(letter)));
}

}  // namespace

void Lab::pause(HostNumber host, const std::string& part, bool paused, Told told) {
  auto station = hosts_[host]->station.lock();
  if (!station) return told("it is down");
  told(station->pause(part, paused) ? "" : "command failed");
}

void Lab::schedule(HostNumber number, Told told) {
  LabHost& host = *hosts_[number];
  auto station = host.station.lock();
  if (!station) return told("it is down");
  world::spawn(host.machine->world(), [](std::shared_ptr<Station> running) -> awaitable<void> {
    co_await running->schedule_all();
  }(std::move(station)));
  simulation.wake(*host.machine);
}

void Lab::set_full(HostNumber number, bool full) {
  LabHost& host = *hosts_[number];
  if (host.spec.role == scenario::Role::kRelay)
    host.machine->disk().set_capacity(full ? 0 : kDiskSize);
  else
    host.manners.full(full);
}

void Lab::network(const scenario::HostAction& action) {
  const Host* to = host(action.host).machine;
  auto& wires = simulation.wires();
  if (action.verb == HostVerb::kHeal) return wires.heal(*to);
  const Verdict verdict = verdict_of(action.verb);
  if (!action.from.empty())
    wires.rule({host(action.from).machine, to, 0}, verdict);
  else if (verdict == Verdict::kDrop)
    wires.blackhole(*to);
  else
    wires.rule({nullptr, to, 0}, verdict);
}

void Lab::answer(const scenario::Answer& answer) {
  Manners& manners = host(answer.host).manners;
  if (answer.reply == "normal" && answer.at.empty())
    manners.reset();
  else
    manners.set_answer(answer.at, answer.reply, answer.to,
                       {answer.limit.times, answer.limit.beyond, answer.limit.within});
}

void Lab::slow(const scenario::Slow& slow) { host(slow.host).manners.slow(slow.delay); }

void Lab::lie(const scenario::DnsLie& lie) {
  if (lie.lie == "truth")
    lies.clear(lie.name, lie.type);
  else
    lies.set(lie.name, lie.type, fakedns::parse_lie(lie_text(lie)));
}

void Lab::fail_disk(const scenario::DiskFault& fault) {
  SimDisk& disk = host(fault.host).machine->disk();
  disk.fail({fault.error == "EIO" ? EIO : ENOSPC, disk.calls() + 1, fault.calls, false});
}

void Lab::step_clock(const scenario::ClockStep& step) {
  host(step.host).machine->clock_skew += step.by;
}

void Lab::submit(HostNumber number, Letter letter, Told told) {
  LabHost& host = *hosts_[number];
  world::spawn(host.machine->world(),
               post_letter(host.station.lock(), std::move(letter), std::move(told)));
  simulation.wake(*host.machine);
}

void Lab::hold(const scenario::Dialogue& dialogue, Told told) {
  LabHost& from = host(dialogue.from);
  if (!from.machine->up) return told("it is down");
  DialogueScript script;
  script.to = {host(dialogue.to).spec.addresses.front(), dialogue.port};
  script.say = dialogue.say;
  script.hear = dialogue.hear;
  world::spawn(from.machine->world(),
               [](world::World& world, DialogueScript lines, Told tell) -> awaitable<void> {
                 tell(co_await hold_dialogue(world, std::move(lines)));
               }(from.machine->world(), std::move(script), std::move(told)));
  simulation.wake(*from.machine);
}

}  // namespace mxlab::sim
