#include "sim/run/actions.hpp"

#include <fmt/format.h>

#include "relay/delivery/received.hpp"

namespace mxlab::sim {
namespace {

using scenario::HostVerb;
using Failed = std::function<void(Broken)>;

/// Does one action; each overload is one kind.
class Actor {
 public:
  Actor(Stage& stage, const scenario::Place& place, Failed failed)
      : stage_(stage), place_(place), failed_(std::move(failed)) {}

  void operator()(const scenario::Send& send);
  void operator()(const scenario::HostAction& action);
  void operator()(const scenario::Dialogue& dialogue);
  void operator()(const scenario::Strike& strike) { stage_.strike(strike); }
  void operator()(const scenario::Answer& answer) { stage_.answer(answer); }
  void operator()(const scenario::Slow& slow) { stage_.slow(slow); }
  void operator()(const scenario::DnsChange& change) { stage_.change_dns(change); }
  void operator()(const scenario::DnsLie& lie) { stage_.lie(lie); }
  void operator()(const scenario::DiskFault& fault) { stage_.fail_disk(fault); }
  void operator()(const scenario::ClockStep& step) { stage_.step_clock(step); }
  void operator()(const scenario::Note& note) {
    stage_.trace().record(Event::kNoHost, EventKind::kNote, note.text);
  }

 private:
  /// Whoever is told of trouble calls it a broken promise.
  Stage::Told complaint(std::string host, std::string what, std::string expected = "done") const {
    return [place = place_, failed = failed_, host = std::move(host), what = std::move(what),
            expected = std::move(expected)](std::string trouble) {
      if (!trouble.empty()) failed({place, host, what, expected, std::move(trouble)});
    };
  }

  Stage& stage_;
  const scenario::Place& place_;
  Failed failed_;
};

// --- hosts ---------------------------------------------------------------------------------------

void Actor::operator()(const scenario::HostAction& action) {
  const HostNumber host = stage_.number_of(action.host);
  switch (action.verb) {
    case HostVerb::kPause:
      return stage_.pause(host, action.what, true, complaint(action.host, "pause"));
    case HostVerb::kResume:
      return stage_.pause(host, action.what, false, complaint(action.host, "resume"));
    case HostVerb::kStop:
      return stage_.stop(host);
    case HostVerb::kStart:
      return stage_.boot(host);
    case HostVerb::kRestart:
      stage_.stop(host);
      return stage_.boot(host);
    case HostVerb::kKill:
      return stage_.kill(host);
    case HostVerb::kCrash:
      return stage_.crash(host);
    case HostVerb::kBlackhole:
    case HostVerb::kReject:
    case HostVerb::kProhibit:
    case HostVerb::kUnreachable:
    case HostVerb::kHeal:
      return stage_.network(action);
    case HostVerb::kSchedule:
      return stage_.schedule(host, complaint(action.host, "schedule"));
    case HostVerb::kFull:
      return stage_.set_full(host, true);
    case HostVerb::kEmpty:
      return stage_.set_full(host, false);
  }
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
  const HostNumber host = send.via.empty() ? stage_.only_sender() : stage_.number_of(send.via);
  const auto told = complaint(stage_.spec(host).name, "send", "accepted");
  for (std::uint32_t i = 0; i < send.count; ++i) {
    auto post = [&stage = stage_, host, &send, told, promised = stage_.promise()] {
      const std::uint32_t number = stage.next_letter();
      const std::string token = fmt::format("letter-{}@{}", number, stage.spec(host).name);
      Letter letter{send.from, send.to, letter_text(send, token, stage.now(), number)};
      stage.post(host, std::move(letter), token, told);
    };
    if (i == 0)
      post();
    else
      stage_.at(stage_.now() + send.every * i, post);
  }
}

void Actor::operator()(const scenario::Dialogue& dialogue) {
  if (!stage_.is_up(stage_.number_of(dialogue.from)))
    return complaint(dialogue.from, "dialogue")("it is down");
  stage_.hold(dialogue, complaint(dialogue.from, "dialogue", "as the scenario says"));
}

}  // namespace

void act(Stage& stage, const scenario::Action& action, Failed failed) {
  std::visit(Actor(stage, action.place, std::move(failed)), action.value);
}

}  // namespace mxlab::sim
