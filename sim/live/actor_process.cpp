#include "sim/live/actor_process.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <map>

#include "relay/control/event_lines.hpp"
#include "relay/control/frames.hpp"
#include "sim/actors/mailbox.hpp"
#include "sim/live/actor.hpp"
#include "sim/live/json_texts.hpp"
#include "sim/live/life.hpp"

namespace mxlab::sim::live {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr Duration kPatience = 60s;  // for an answer that takes no longer than the actor's own work

}  // namespace

struct ActorProcess::State {
  State(world::RealWorld& lab, Options o, Facts f, Died died)
      : options(std::move(o)),
        facts(std::move(f)),
        life(std::make_shared<Life>(lab, options.machine, std::move(died))) {}

  void hear(const std::string& line);
  void tell(const json& order) {
    if (Child* child = life->child()) child->write(order.dump() + "\n");
  }
  void note_manners(json order) {
    manners.push_back(std::move(order));
    if (life->is_up()) tell(manners.back());
  }
  /// Sent at once; what it is answered, or null when the actor ends before.
  static awaitable<json> ask(std::shared_ptr<State> self, json order, Duration patience);
  /// The same for what is answered by a sentence.
  static awaitable<std::string> order(std::shared_ptr<State> self, json what, Duration patience);
  static awaitable<std::vector<control::QueueRow>> rows(std::shared_ptr<State> self);

  Options options;
  Facts facts;
  std::shared_ptr<Life> life;
  std::vector<json> manners;  // as they were set since the last reset
  Mailboxes mailboxes;
  std::map<int, json> answers;
  int last_id = 0;
};

void ActorProcess::State::hear(const std::string& line) try {
  const control::EventLine event = control::parse_event_line(line);
  if (const auto kind = control::fact_kind(event))
    return facts(event.at, {*kind, event.subject, event.text, event.value});
  if (event.kind == control::kStartedEvent) return life->started();
  json object = json::parse(line);
  if (event.kind == "mail") mailboxes.deliver(mail_of_object(object));
  if (event.kind != "answer") return;
  const int id = object.at("id");
  answers[id] = std::move(object);
  life->changed();
} catch (const std::exception& error) {
  facts(world::TimePoint{}, {world::FactKind::kLog, "warn", error.what()});
}

awaitable<json> ActorProcess::State::ask(std::shared_ptr<State> self, json order,
                                         Duration patience) {
  const int id = ++self->last_id;
  order["id"] = id;
  self->tell(order);
  const auto settled = [self, id] { return self->answers.contains(id) || !self->life->is_up(); };
  co_await Life::wait(self->life, settled, patience);
  const auto found = self->answers.extract(id);
  co_return found.empty() ? json() : found.mapped();
}

awaitable<std::string> ActorProcess::State::order(std::shared_ptr<State> self, json what,
                                                  Duration patience) {
  if (!self->life->is_up()) co_return "it is down";
  const json answer = co_await ask(self, std::move(what), patience);
  co_return answer.is_null() ? "it gave no answer" : answer.at("text").get<std::string>();
}

awaitable<std::vector<control::QueueRow>> ActorProcess::State::rows(std::shared_ptr<State> self) {
  std::vector<control::QueueRow> rows;
  if (!self->life->is_up()) co_return rows;
  const json answer = co_await ask(self, {{"do", "rows"}}, kPatience);
  if (answer.contains("rows"))
    for (const json& row : answer.at("rows")) rows.push_back(row_of_object(row));
  co_return rows;
}

ActorProcess::ActorProcess(world::RealWorld& lab, Options options, Facts facts, Died died)
    : state_(std::make_shared<State>(lab, std::move(options), std::move(facts), std::move(died))) {
  state_->options.machine.show_program(state_->options.program);
}

ActorProcess::~ActorProcess() { state_->life->bury(); }

awaitable<std::string> ActorProcess::start() {
  Life::Plan plan;
  plan.command.words = {state_->options.program, "actor"};
  plan.on_out = [state = state_.get()](const std::string& line) { state->hear(line); };
  plan.begun = [state = state_.get()] {
    for (const json& order : state->manners) state->tell(order);
    state->tell(begin_order(state->options.spec, state->options.machine));
  };
  return Life::begin(state_->life, std::move(plan));
}

awaitable<std::string> ActorProcess::stop() {
  return Life::end(state_->life, [state = state_] {
    state->tell({{"do", "stop"}, {"id", ++state->last_id}});
  });
}

void ActorProcess::kill() { state_->life->kill(); }
void ActorProcess::freeze(bool frozen) { state_->life->freeze(frozen); }
bool ActorProcess::is_up() const { return state_->life->is_up(); }

awaitable<std::string> ActorProcess::pause(std::string part, bool paused) {
  return State::order(state_, {{"do", "pause"}, {"part", std::move(part)}, {"paused", paused}},
                      kPatience);
}

awaitable<std::string> ActorProcess::schedule_all() {
  return State::order(state_, {{"do", "schedule"}}, kPatience);
}

awaitable<std::vector<control::QueueRow>> ActorProcess::queue_rows() { return State::rows(state_); }

awaitable<std::string> ActorProcess::submit(Letter letter) {
  return State::order(state_, letter_object(letter), kPatience);
}

std::vector<Delivered> ActorProcess::mail() { return state_->mailboxes.all(); }

void ActorProcess::answer(const scenario::Answer& answer) {
  state_->note_manners({{"do", "manners"},
                        {"at", answer.at},
                        {"reply", answer.reply},
                        {"to", answer.to},
                        {"times", answer.limit.times},
                        {"beyond", answer.limit.beyond},
                        {"within", answer.limit.within.count()}});
}

void ActorProcess::slow(Duration delay) {
  state_->note_manners({{"do", "slow"}, {"delay", delay.count()}});
}

void ActorProcess::full(bool full) { state_->note_manners({{"do", "full"}, {"full", full}}); }

void ActorProcess::reset_manners() {
  state_->manners.clear();
  state_->tell({{"do", "reset"}});
}

awaitable<std::string> ActorProcess::hold(DialogueScript script) {
  return State::order(state_, script_object(script), Duration::max());
}

std::string ActorProcess::own_program() {
  return std::filesystem::read_symlink("/proc/self/exe").string();
}

}  // namespace mxlab::sim::live
