#include "sim/live/life.hpp"

#include <csignal>
#include <fmt/format.h>

namespace mxlab::sim::live {
namespace {
using namespace std::chrono_literals;

constexpr Duration kStartPatience = 30s;
constexpr Duration kEndPatience = 45s;  // longer than a relay grants running transactions

}  // namespace

Life::Life(world::RealWorld& lab, const Machine& machine, Died died)
    : lab_(lab), machine_(machine), died_(std::move(died)) {}

awaitable<std::string> Life::begin(std::shared_ptr<Life> self, Plan plan) {
  if (self->up_ || self->starting_) co_return "";
  self->starting_ = true;
  self->told_to_end_ = false;
  self->trouble_.clear();
  self->last_line_.clear();
  Ears ears;
  ears.out = std::move(plan.on_out);
  ears.events = std::move(plan.on_event);
  ears.error = [life = self.get()](std::string line) { life->last_line_ = std::move(line); };
  ears.ended = [life = self.get()](int status) { life->has_ended(status); };
  try {
    self->child_ =
        std::make_unique<Child>(self->lab_.io(), self->machine_, plan.command, std::move(ears));
  } catch (const std::exception& error) {
    self->starting_ = false;
    co_return error.what();
  }
  plan.begun();
  if (co_await wait(
          self, [self] { return !self->starting_; }, kStartPatience))
    co_return self->trouble_;
  self->kill();
  co_return "it does not say that it serves";
}

awaitable<std::string> Life::end(std::shared_ptr<Life> self, std::function<void()> order) {
  if (!self->child_ || self->child_->status()) co_return "";
  self->told_to_end_ = true;
  order();
  const auto ended = [self] { return !self->child_ || self->child_->status().has_value(); };
  if (co_await wait(self, ended, kEndPatience)) co_return "";
  self->kill();
  co_return "it did not end, and was killed";
}

void Life::kill() {
  told_to_end_ = true;
  if (auto child = std::move(child_)) child->kill();
  up_ = starting_ = false;
  changed();
}

void Life::bury() {
  child_.reset();
  up_ = starting_ = false;
  died_ = {};
  changed();
}

void Life::freeze(bool frozen) {
  if (child_) child_->signal(frozen ? SIGSTOP : SIGCONT);
}

void Life::started() {
  up_ = true;
  starting_ = false;
  changed();
}

std::string Life::last_words(int status) const {
  if (!last_line_.empty()) return last_line_;
  return status > 128 ? fmt::format("it was ended by signal {}", status - 128)
                      : fmt::format("it ended with status {}", status);
}

void Life::has_ended(int status) {
  const bool surprising = up_ && !told_to_end_;
  if (starting_) trouble_ = last_words(status);
  up_ = starting_ = false;
  changed();
  if (surprising && died_) died_(last_words(status));
}

awaitable<bool> Life::wait(std::shared_ptr<Life> self, std::function<bool()> done,
                           Duration patience) {
  world::Clock& clock = self->world().clock;
  const auto limit =
      patience == Duration::max() ? world::SteadyPoint::max() : clock.steady_now() + patience;
  world::Signal signal(clock);
  self->waiting_.push_back(&signal);
  const std::shared_ptr<void> leave(nullptr,
                                    [self, &signal](void*) { self->waiting_.remove(&signal); });
  while (!done())
    if (!co_await signal.wait_until(limit)) co_return done();
  co_return true;
}

void Life::changed() {
  for (world::Signal* signal : waiting_) signal->notify();
}

}  // namespace mxlab::sim::live
