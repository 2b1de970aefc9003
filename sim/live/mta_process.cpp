#include "sim/live/mta_process.hpp"

#include <csignal>
#include <fmt/format.h>
#include <set>

#include "sim/live/child.hpp"
#include "sim/live/mta_mail.hpp"
#include "sim/live/mta_root.hpp"

namespace mxlab::sim::live {
namespace {

using std::chrono::seconds;

constexpr seconds kStartPatience(30), kStopPatience(30), kCommandPatience(60);

std::string without_returns(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r' || i + 1 >= text.size() || text[i + 1] != '\n') plain += text[i];
  return plain;
}

/// What a command that failed has to say.
std::string complaint(const Words& words, const Finished& finished) {
  if (finished.status == 0) return {};
  const std::string& said = finished.error.empty() ? finished.out : finished.error;
  return fmt::format("{} failed ({}): {}", words.front(), finished.status, said);
}

}  // namespace

struct MtaProcess::State : std::enable_shared_from_this<State> {
  State(world::RealWorld& l, const Options& options, Facts f, Died d)
      : lab(l),
        machine(options.machine),
        name(mta_name(options.host.kind)),
        mta(make_mta(options.host)),
        root(machine, options.host.kind, mta->files()),
        mail(root.at(kMaildir), mta->mailbox_header()),
        facts(std::move(f)),
        died(std::move(d)),
        changed(l.world().clock) {}

  Command command(const Words& words) const {
    Command whole{{"/usr/sbin/chroot", kMtaRoot}, {}, true};
    whole.words.insert(whole.words.end(), words.begin(), words.end());
    return whole;
  }
  world::SteadyPoint in(world::Duration span) const {
    return lab.world().clock.steady_now() + span;
  }
  bool is_up() const { return daemon && !daemon->status(); }

  void hear(const std::string& line) {
    const world::TimePoint now = lab.world().clock.now();
    if (!mta->is_detail(line)) {
      last_line = line;
      facts(now, {world::FactKind::kLog, "info", line});
    }
    mta->read(line, [&](const world::Fact& fact) { facts(now, fact); });
    if (!mta->serves(line)) return;
    serves = true;
    changed.notify();
  }

  void ended() {
    changed.notify();
    if (serves && !ending) died(fmt::format("{} has ended; it said: {}", name, last_line));
  }

  void listen_to_log() {
    if (log || mta->log().empty()) return;
    const std::string fifo = kMtaRoot + mta->log();
    // Open for writing too, so that it never ends.
    log = std::make_unique<Child>(
        lab.io(), machine, Command{{"/bin/sh", "-c", "exec cat <>" + fifo}, {}, true}, ears());
  }
  Ears ears() {
    auto hear_line = [this](std::string line) { hear(line); };
    Ears all;
    all.out = all.error = hear_line;
    return all;
  }

  /// Runs one of its commands to its end.
  awaitable<Finished> run(Words words, std::string input = {}) {
    Finished finished{.status = -1};
    world::Signal done(lab.world().clock);
    auto keep = [](std::string& where) {
      return [&where](std::string line) { where += line + "\n"; };
    };
    Ears listening{keep(finished.out), keep(finished.error), {}, [&](int status) {
                     finished.status = status;
                     done.notify();
                   }};
    Child child(lab.io(), machine, command(words), std::move(listening));
    child.write(std::move(input));
    child.close_input();
    co_await done.wait_until(in(kCommandPatience));
    co_return finished;
  }
  /// The same; empty, or what went wrong.
  awaitable<std::string> order(Words words, std::string input = {}) {
    try {
      const Finished finished = co_await run(words, std::move(input));
      co_return complaint(words, finished);
    } catch (const std::exception& error) {
      co_return error.what();
    }
  }

  /// A process that is stopped hears no other signal but SIGKILL.
  void wake() {
    root.signal(SIGCONT);
    paused.clear();
  }

  world::RealWorld& lab;
  Machine& machine;
  std::string name;
  std::unique_ptr<Mta> mta;
  MtaRoot root;
  MtaMail mail;
  Facts facts;
  Died died;
  world::Signal changed;
  std::unique_ptr<Child> daemon, log;
  bool lived = false, serves = false, ending = false;
  std::set<std::string> paused;
  std::string last_line = "nothing";
};

MtaProcess::MtaProcess(world::RealWorld& lab, Options options, Facts facts, Died died)
    : state_(std::make_shared<State>(lab, options, std::move(facts), std::move(died))) {}

MtaProcess::~MtaProcess() { kill(); }

awaitable<std::string> MtaProcess::start() {
  auto self = state_;
  try {
    self->listen_to_log();
    std::vector<control::QueueRow> rows;
    if (self->lived) rows = self->mta->rows((co_await self->run(self->mta->queue())).out);
    self->mta->begin(
        rows, [&](const world::Fact& fact) { self->facts(self->lab.world().clock.now(), fact); });
    self->lived = true;
    self->serves = self->ending = false;
    Ears ears = self->ears();
    ears.ended = [state = self.get()](int) { state->ended(); };
    self->daemon = std::make_unique<Child>(self->lab.io(), self->machine,
                                           self->command(self->mta->start()), std::move(ears));
    const auto limit = self->in(kStartPatience);
    while (self->is_up() && !self->serves && co_await self->changed.wait_until(limit)) {
    }
  } catch (const std::exception& error) {
    co_return error.what();
  }
  if (self->is_up() && self->serves) co_return "";
  kill();
  co_return fmt::format("{} does not start; it said: {}", self->name, self->last_line);
}

awaitable<std::string> MtaProcess::stop() {
  auto self = state_;
  if (!self->is_up()) co_return "";
  self->ending = true;
  self->wake();
  self->daemon->signal(SIGTERM);
  const auto limit = self->in(kStopPatience);
  while (self->is_up() && co_await self->changed.wait_until(limit)) {
  }
  const bool late = self->is_up();
  kill();
  co_return late ? fmt::format("{} did not end when it was told to", self->name) : "";
}

void MtaProcess::kill() {
  state_->ending = true;
  state_->daemon.reset();
  state_->root.signal(SIGKILL);
  state_->paused.clear();
}

void MtaProcess::freeze(bool frozen) { state_->root.signal(frozen ? SIGSTOP : SIGCONT); }

bool MtaProcess::is_up() const { return state_->is_up(); }

awaitable<std::string> MtaProcess::pause(std::string part, bool paused) {
  auto self = state_;
  if (!self->is_up() || self->paused.contains(part) == paused) co_return "";
  const Pausing how = self->mta->pausing(part, paused);
  if (!how.refusal.empty()) co_return how.refusal;
  if (paused)
    self->paused.insert(part);
  else
    self->paused.erase(part);
  if (!how.words.empty()) co_return co_await self->order(how.words);
  const int number = paused ? SIGSTOP : SIGCONT;
  if (how.daemon) self->daemon->signal(number);
  if (!how.processes.empty()) self->root.signal(number, how.processes);
  co_return "";
}

awaitable<std::string> MtaProcess::schedule_all() {
  auto self = state_;
  if (!self->is_up()) co_return self->name + " is not running";
  co_return co_await self->order(self->mta->schedule());
}

awaitable<std::vector<control::QueueRow>> MtaProcess::queue_rows() {
  auto self = state_;
  if (!self->is_up()) co_return std::vector<control::QueueRow>{};
  try {
    const Finished finished = co_await self->run(self->mta->queue());
    co_return self->mta->rows(finished.out);
  } catch (const std::exception&) {
    co_return std::vector<control::QueueRow>{};
  }
}

awaitable<std::string> MtaProcess::submit(Letter letter) {
  auto self = state_;
  if (!self->is_up()) co_return self->name + " is not running";
  Words words = self->mta->submit(letter);
  std::string text = without_returns(letter.text);
  co_return co_await self->order(std::move(words), std::move(text));
}

std::vector<Delivered> MtaProcess::mail() { return state_->mail.all(); }

}  // namespace mxlab::sim::live
