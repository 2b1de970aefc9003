#include "sim/run/actions.hpp"

#include <cerrno>
#include <fmt/format.h>

#include "relay/delivery/received.hpp"
#include "relay/world/spawn.hpp"
#include "sim/actors/dialogue.hpp"
#include "sim/run/machine.hpp"

namespace mxlab::sim {
namespace {

using scenario::HostVerb;
using Failed = std::function<void(Broken)>;

/// Does one action; each overload is one kind.
class Actor {
 public:
  Actor(Lab& lab, const scenario::Place& place, Failed failed)
      : lab_(lab), place_(place), failed_(std::move(failed)) {}

  void operator()(const scenario::Send& send);
  void operator()(const scenario::HostAction& action);
  void operator()(const scenario::Dialogue& dialogue);
  void operator()(const scenario::Answer& answer) {
    if (answer.reply == "normal" && answer.at.empty())
      lab_.host(answer.host).manners.reset();
    else
      lab_.host(answer.host).manners.set_answer(answer.at, answer.reply, answer.to);
  }
  void operator()(const scenario::Slow& slow) { lab_.host(slow.host).manners.slow(slow.delay); }
  void operator()(const scenario::DnsChange& change) {
    lab_.change_dns(change.name, change.records);
  }
  void operator()(const scenario::DnsLie& lie) {
    if (lie.lie == "truth") {
      lab_.lies.clear(lie.name, lie.type);
      return;
    }
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(lie.delay).count();
    lab_.lies.set(
        lie.name, lie.type,
        fakedns::parse_lie(lie.lie == "delay" ? fmt::format("delay {}ms", milliseconds) : lie.lie));
  }
  void operator()(const scenario::DiskFault& fault) {
    SimDisk& disk = lab_.host(fault.host).machine->disk();
    disk.fail({fault.error == "EIO" ? EIO : ENOSPC, disk.calls() + 1, fault.calls, false});
  }
  void operator()(const scenario::ClockStep& step) {
    lab_.host(step.host).machine->clock_skew += step.by;
  }
  void operator()(const scenario::Note& note) {
    lab_.simulation.trace().record(Event::kNoHost, EventKind::kNote, note.text);
  }

 private:
  void pause(LabHost& host, const std::string& part, bool paused);
  void schedule(LabHost& host);
  void set_full(LabHost& host, bool full);
  void set_rule(const scenario::HostAction& action, Verdict verdict);
  void complain(const std::string& host, std::string what, std::string actual) {
    failed_({place_, host, std::move(what), "done", std::move(actual)});
  }

  Lab& lab_;
  const scenario::Place& place_;
  Failed failed_;
};

// --- hosts ---------------------------------------------------------------------------------------

void Actor::operator()(const scenario::HostAction& action) {
  LabHost& host = lab_.host(action.host);
  switch (action.verb) {
    case HostVerb::kPause:
      return pause(host, action.what, true);
    case HostVerb::kResume:
      return pause(host, action.what, false);
    case HostVerb::kStop:
      return lab_.stop(host);
    case HostVerb::kStart:
      return lab_.boot(host);
    case HostVerb::kRestart:
      lab_.stop(host);
      return lab_.boot(host);
    case HostVerb::kKill:
      return lab_.kill(host);
    case HostVerb::kCrash:
      return lab_.crash(host);
    case HostVerb::kBlackhole:
      return set_rule(action, Verdict::kDrop);
    case HostVerb::kReject:
      return set_rule(action, Verdict::kReject);
    case HostVerb::kProhibit:
      return set_rule(action, Verdict::kProhibit);
    case HostVerb::kUnreachable:
      return set_rule(action, Verdict::kUnreachable);
    case HostVerb::kHeal:
      return lab_.simulation.wires().heal(*host.machine);
    case HostVerb::kSchedule:
      return schedule(host);
    case HostVerb::kFull:
      return set_full(host, true);
    case HostVerb::kEmpty:
      return set_full(host, false);
  }
}

void Actor::pause(LabHost& host, const std::string& part, bool paused) {
  auto station = host.station.lock();
  if (!station) return complain(host.spec.name, paused ? "pause" : "resume", "it is down");
  if (!station->pause(part, paused))
    complain(host.spec.name, paused ? "pause" : "resume", "command failed");
}

void Actor::schedule(LabHost& host) {
  auto station = host.station.lock();
  if (!station) return complain(host.spec.name, "schedule", "it is down");
  world::spawn(host.machine->world(), [](std::shared_ptr<Station> running) -> awaitable<void> {
    co_await running->schedule_all();
  }(std::move(station)));
  lab_.simulation.wake(*host.machine);
}

void Actor::set_full(LabHost& host, bool full) {
  if (host.spec.role == scenario::Role::kRelay)
    host.machine->disk().set_capacity(full ? 0 : kDiskSize);
  else
    host.manners.full(full);
}

void Actor::set_rule(const scenario::HostAction& action, Verdict verdict) {
  const Host* to = lab_.host(action.host).machine;
  auto& wires = lab_.simulation.wires();
  if (!action.from.empty())
    wires.rule({lab_.host(action.from).machine, to, 0}, verdict);
  else if (verdict == Verdict::kDrop)
    wires.blackhole(*to);
  else
    wires.rule({nullptr, to, 0}, verdict);
}

// --- mail ----------------------------------------------------------------------------------------

std::string letter_text(const scenario::Send& send, const std::string& token, TimePoint now,
                        std::uint32_t number) {
  std::string to;
  for (const std::string& recipient : send.to) to += (to.empty() ? "" : ", ") + recipient;
  std::string text =
      fmt::format("From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}>\r\n",
                  send.from.empty() ? "MAILER-DAEMON" : send.from, to,
                  send.subject.empty() ? fmt::format("message {}", number) : send.subject,
                  delivery::date_text(now), token);
  for (const auto& [name, value] : send.headers) text += name + ": " + value + "\r\n";
  text += "\r\n";
  for (char c : send.body.empty() ? "Hello.\n" : send.body)
    text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  if (!text.ends_with("\r\n")) text += "\r\n";
  static const std::string kLine = std::string(76, 'x') + "\r\n";
  while (text.size() < send.size) text += kLine;
  return text;
}

void Actor::operator()(const scenario::Send& send) {
  LabHost& host = send.via.empty() ? lab_.only_sender() : lab_.host(send.via);
  for (std::uint32_t i = 0; i < send.count; ++i) {
    auto post = [&lab = lab_, &host, &send, place = place_, failed = failed_] {
      const std::uint32_t number = lab.next_letter();
      std::string token = fmt::format("letter-{}@{}", number, host.spec.name);
      Letter letter{send.from, send.to, letter_text(send, token, lab.simulation.now(), number)};
      lab.post(host, std::move(letter), std::move(token), [&host, place, failed](std::string why) {
        failed({place, host.spec.name, "send", "accepted", std::move(why)});
      });
    };
    if (i == 0)
      post();
    else
      lab_.simulation.at(lab_.simulation.now() + send.every * i, post);
  }
}

void Actor::operator()(const scenario::Dialogue& dialogue) {
  LabHost& from = lab_.host(dialogue.from);
  if (!from.machine->up) return complain(dialogue.from, "dialogue", "it is down");
  DialogueScript script;
  script.to = {lab_.host(dialogue.to).spec.addresses.front(), dialogue.port};
  script.say = dialogue.say;
  script.hear = dialogue.hear;
  auto done = [place = place_, host = dialogue.from, failed = failed_](std::string difference) {
    if (!difference.empty())
      failed({place, host, "dialogue", "as the scenario says", std::move(difference)});
  };
  world::spawn(from.machine->world(),
               [](world::World& world, DialogueScript lines,
                  std::function<void(std::string)> tell) -> awaitable<void> {
                 tell(co_await hold_dialogue(world, std::move(lines)));
               }(from.machine->world(), std::move(script), done));
  lab_.simulation.wake(*from.machine);
}

}  // namespace

void act(Lab& lab, const scenario::Action& action, Failed failed) {
  std::visit(Actor(lab, action.place, std::move(failed)), action.value);
}

}  // namespace mxlab::sim
