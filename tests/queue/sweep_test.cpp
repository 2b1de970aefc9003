// After every single call to the disk the power fails, or the process is killed; every single call
// fails once, or several times in a row. Whatever happens: what was confirmed is there, what was
// not is there as a whole or not at all, and a bounce comes with its cause.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "sim/world/rng.hpp"
#include "tests/queue/ledger.hpp"
#include "tests/queue/machine.hpp"

namespace mxlab::queue::testing {
namespace {

const char* const kPath = "/var/queue/mail.db";
constexpr int kWriters = 3;
constexpr int kMostBoots = 20;

enum class End { kPowerCut, kKill };

struct Plan {
  std::uint64_t seed = 1;
  std::uint64_t die_after = 0;  // a call of the first life
  End end = End::kPowerCut;     // how the first life ends
  std::optional<sim::DiskFault> fault;
  bool fault_at_boot = false;    // it hits the second life's opening, not the first life
  bool populated = false;        // a life went before, and stopped as it should
  std::uint64_t second_cut = 0;  // the power fails at this call of the second life's opening
  int messages = 2;              // of each writer
  std::size_t body = 6'000;      // at most
};

/// One story: a life that ends as planned, one that ends in a power cut, one that only looks.
class Story {
 public:
  explicit Story(const Plan& plan) : plan_(plan), random_(plan.seed), disk_(disk_random_) {
    sim::reset_sqlite_randomness(random_);
    disk_.install("/var/queue/.keep", "");
  }
  /// What broke, or nothing.
  std::string run();
  std::uint64_t calls_of_first_life() const { return first_life_; }

 private:
  void populate();
  void live_first();
  void live_second();
  void look_at_last();
  void crash(End end);
  bool boot();
  void work();
  void check(const char* when);
  void check_file();
  asio::awaitable<void> write_messages();
  asio::awaitable<void> one_message();
  asio::awaitable<Found> look();
  asio::awaitable<Told> commit(Transaction transaction);

  Plan plan_;
  sim::Rng random_;
  sim::Rng disk_random_ = sim::Rng::derived(plan_.seed, 1);
  sim::SimDisk disk_;
  Ledger ledger_;
  std::unique_ptr<Machine> machine_;
  std::string wrong_;
  std::uint64_t first_life_ = 0;
};

asio::awaitable<Told> Story::commit(Transaction transaction) {
  try {
    co_await machine_->queue().commit(std::move(transaction));
    co_return Told::kDone;
  } catch (const std::system_error&) {
    co_return Told::kRefused;
  }
}

Envelope envelope(EnvelopeId id, EnvelopeKind kind = EnvelopeKind::kRelay) {
  Envelope e;
  e.id = id;
  e.kind = kind;
  e.sender = "test@websteading.net";
  e.recipient = e.destination = "someone@example.org";
  return e;
}

asio::awaitable<void> Story::write_messages() {
  for (int i = 0; i < plan_.messages; ++i) co_await one_message();
}

/// What becomes of one message: its body, its acceptance, a failed attempt, the end.
asio::awaitable<void> Story::one_message() {
  Queue& queue = machine_->queue();
  const MessageId id = queue.new_message();
  // A number that no accepted message bears may come again after a crash.
  MessageRecord& record = ledger_.at(id) = {};
  for (std::size_t n = 1 + random_.below(plan_.body); n > 0; --n)
    record.body += static_cast<char>('a' + random_.next() % 26);
  record.envelopes = 1 + static_cast<std::uint32_t>(random_.below(3));

  NewMessage message;
  message.id = id;
  message.size = record.body.size();
  const std::size_t half = record.body.size() > 1000 ? record.body.size() / 2 : 0;
  bool stored = true;
  if (half > 0) {
    try {
      co_await queue.append(id, 0, record.body.substr(0, half));
      message.chunks = 1;
    } catch (const std::system_error&) {
      stored = false;
    }
  }
  if (!stored || random_.below(8) == 0) {  // the client goes away, or was told 451
    queue.discard(id);
    co_return;
  }
  message.last_chunk = record.body.substr(half);
  for (std::uint32_t n = 0; n < record.envelopes; ++n)
    message.envelopes.push_back(envelope(EnvelopeId::of(id, n)));
  record.accepted = Told::kUnknown;
  Transaction accept;
  accept.accepted.push_back(std::move(message));
  record.accepted = co_await commit(std::move(accept));
  if (record.accepted != Told::kDone) co_return;

  record.deferred = Told::kUnknown;
  Transaction defer;
  defer.deferred.push_back({.id = EnvelopeId::of(id, 0), .tries = 1});
  record.deferred = co_await commit(std::move(defer));

  record.bounced = Told::kUnknown;
  Transaction exchange;
  exchange.finished.push_back(EnvelopeId::of(id, 0));
  exchange.added.push_back(envelope(EnvelopeId::of(id, 0), EnvelopeKind::kBounce));
  record.bounced = co_await commit(std::move(exchange));

  record.finished = Told::kUnknown;
  Transaction finish;
  for (std::uint32_t n = 1; n < record.envelopes; ++n)
    finish.finished.push_back(EnvelopeId::of(id, n));
  record.finished = co_await commit(std::move(finish));
}

asio::awaitable<Found> Story::look() {
  Found found;
  Queue& queue = machine_->queue();
  for (auto& e : co_await queue.list({}, {}, 10'000)) found.envelopes[e.id.message()].push_back(e);
  for (const auto& [id, envelopes] : found.envelopes) {
    std::string body, chunk;
    for (std::uint32_t n = 0; n == 0 || !chunk.empty(); ++n) {
      chunk = co_await queue.read_chunk(id, n);
      body += chunk;
    }
    found.bodies[id] = body;
  }
  co_return found;
}

void Story::check(const char* when) {
  if (!wrong_.empty()) return;
  wrong_ = ledger_.judge(machine_->await(look()));
  if (!wrong_.empty()) wrong_ += std::string(" (") + when + ")";
}

void Story::check_file() {
  sqlite3* db = nullptr;
  sqlite3_open_v2(kPath, &db, SQLITE_OPEN_READWRITE, disk_.sqlite_vfs());
  sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE", nullptr, nullptr, nullptr);
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &statement, nullptr);
  std::string answer = "(none)";
  if (sqlite3_step(statement) == SQLITE_ROW)
    answer = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  sqlite3_close(db);
  if (answer != "ok" && wrong_.empty()) wrong_ = "integrity check: " + answer;
}

/// Starts the machine as a service manager does: again and again, until it stands.
bool Story::boot() {
  for (int i = 0; i < kMostBoots; ++i) {
    machine_ = std::make_unique<Machine>(disk_, QueueOptions{kPath});
    try {
      machine_->boot();
      return true;
    } catch (const std::system_error&) {
      machine_.reset();
      disk_.kill_process();
      if (i > kMostBoots / 2) disk_.heal();
    } catch (const Died&) {
      return false;
    }
  }
  wrong_ = "the queue does not open again";
  return false;
}

void Story::crash(End end) {
  disk_.die();
  machine_.reset();
  if (end == End::kKill)
    disk_.kill_process();
  else
    disk_.power_cut();
  ledger_.crashed();
}

void Story::work() {
  for (int i = 0; i < kWriters; ++i) machine_->spawn(write_messages());
  if (!machine_->run()) return;
  check("while it runs");
}

void Story::populate() {
  if (!boot()) return;
  work();
  machine_->shut();
  machine_.reset();
}

void Story::live_first() {
  const auto before = disk_.calls();
  if (plan_.die_after != 0) disk_.die_after(before + plan_.die_after);
  if (plan_.fault && !plan_.fault_at_boot) {
    auto fault = *plan_.fault;
    fault.first += before;
    disk_.fail(fault);
  }
  if (boot()) work();
  first_life_ = disk_.calls() - before;
  disk_.heal();
  crash(plan_.end);
}

void Story::live_second() {
  if (plan_.fault_at_boot) {
    auto fault = *plan_.fault;
    fault.first += fault.reads ? disk_.reads() : disk_.calls();
    disk_.fail(fault);
  }
  if (plan_.second_cut != 0) disk_.die_after(disk_.calls() + plan_.second_cut);
  if (!boot()) return crash(End::kPowerCut);
  disk_.heal();
  check("after the first life");
  disk_.die_after(disk_.calls() + 1 + random_.below(40));
  plan_.messages = 1;
  work();
  crash(End::kPowerCut);
}

void Story::look_at_last() {
  if (!wrong_.empty() || !boot()) return;
  check("after the second life");
  const MessageId last = machine_->queue().new_message();
  if (last <= ledger_.last() && ledger_.at(ledger_.last()).accepted == Told::kDone)
    wrong_ = "a message's number was given out twice";
  machine_->shut();
  machine_.reset();
  check_file();
}

std::string Story::run() {
  if (plan_.populated) populate();
  live_first();
  live_second();
  look_at_last();
  return wrong_;
}

struct Tally {
  int runs = 0;
  std::vector<std::string> broken;
};

void tell(Tally& tally, const Plan& plan, const std::string& wrong) {
  ++tally.runs;
  if (wrong.empty()) return;
  tally.broken.push_back("seed " + std::to_string(plan.seed) + " die_after " +
                         std::to_string(plan.die_after) + " fault " +
                         std::to_string(plan.fault ? plan.fault->first : 0) + ": " + wrong);
}

std::uint64_t calls_in(Plan plan) {
  plan.fault.reset();
  plan.die_after = 0;
  Story story(plan);
  EXPECT_EQ(story.run(), "") << "and nothing had failed yet";
  return story.calls_of_first_life();
}

/// The plan once for every `stride`-th call, with `aim` setting what goes wrong there.
template <class Aim>
void sweep(Plan plan, std::uint64_t stride, Aim aim) {
  Tally tally;
  const std::uint64_t calls = calls_in(plan);
  for (std::uint64_t call = 1; call <= calls; call += stride) {
    Plan aimed = plan;
    aim(aimed, call);
    tell(tally, aimed, Story(aimed).run());
  }
  ASSERT_GT(tally.runs, 10) << "a sweep over nothing proves nothing";
  EXPECT_TRUE(tally.broken.empty()) << tally.broken.size() << " of " << tally.runs
                                    << " runs broke a promise, first " << tally.broken.front();
}

/// What follows upon a fault: nothing for a while, a power cut soon, or a kill soon.
void follow_up(Plan& plan, std::uint64_t call) {
  sim::Rng chance(call * 31 + plan.seed);
  const auto soon = call + (plan.fault ? plan.fault->count : 0) + chance.below(30);
  switch (chance.below(4)) {
    case 0:
      break;
    case 1:
      plan.die_after = soon;
      plan.end = End::kKill;
      break;
    case 2:
      plan.end = End::kKill;
      break;
    default:
      plan.die_after = soon;
  }
}

TEST(QueueSweep, LosesNothingWhenThePowerFailsAfterAnyCall) {
  for (std::uint64_t seed : {1u, 2u})
    sweep({.seed = seed}, 1, [](Plan& plan, std::uint64_t call) { plan.die_after = call; });
}

TEST(QueueSweep, LosesNothingWhenItIsKilledAfterAnyCall) {
  sweep({.seed = 3}, 1, [](Plan& plan, std::uint64_t call) {
    plan.die_after = call;
    plan.end = End::kKill;
  });
}

class QueueFaultSweep : public ::testing::TestWithParam<std::pair<int, std::uint64_t>> {};

TEST_P(QueueFaultSweep, LosesNothingWhenAnyCallFails) {
  const auto [error, count] = GetParam();
  for (std::uint64_t seed : {4u, 5u})
    sweep({.seed = seed}, 1, [&, e = error, n = count](Plan& plan, std::uint64_t call) {
      plan.fault = sim::DiskFault{.error = e, .first = call, .count = n};
      follow_up(plan, call);
    });
}

INSTANTIATE_TEST_SUITE_P(Errors, QueueFaultSweep,
                         ::testing::Values(std::pair{EIO, 1u}, std::pair{EIO, 3u},
                                           std::pair{ENOSPC, 1u}, std::pair{ENOSPC, 10u}),
                         [](const auto& info) {
                           return std::string(info.param.first == EIO ? "EIO" : "ENOSPC") +
                                  std::to_string(info.param.second);
                         });

TEST(QueueSweep, RecoversWhenTheDiskFailsDuringRecovery) {
  for (bool reads : {false, true})
    sweep({.seed = 6}, 5, [&](Plan& plan, std::uint64_t call) {
      plan.die_after = call;
      plan.end = call % 2 == 0 ? End::kKill : End::kPowerCut;
      plan.fault = sim::DiskFault{.error = EIO, .first = 1 + call % 23, .count = 1, .reads = reads};
      plan.fault_at_boot = true;
    });
}

// The log of a killed process may show a commit whose sync failed: readable, and not on the disk.
// While it is copied into the database the power fails.
TEST(QueueSweep, IsNotDeceivedByAPageCacheThatOutlivedAFailedSync) {
  for (std::uint64_t cut = 1; cut <= 30; ++cut)
    sweep({.seed = 10 + cut, .populated = true, .second_cut = cut, .messages = 1}, 2,
          [&](Plan& plan, std::uint64_t call) {
            const auto failing = call + cut % 2;
            plan.fault = sim::DiskFault{.error = EIO, .first = failing, .count = 1};
            plan.die_after = failing;
            plan.end = End::kKill;
          });
}

TEST(QueueSweep, LosesNothingAroundACheckpointOfALongLog) {
  const Plan plan{.seed = 7, .messages = 2, .body = 1'600'000};
  sweep(plan, 97, [](Plan& p, std::uint64_t call) { p.die_after = call; });
  sweep(plan, 131, [](Plan& p, std::uint64_t call) {
    p.fault = sim::DiskFault{.error = EIO, .first = call, .count = 1};
    follow_up(p, call);
  });
}

}  // namespace
}  // namespace mxlab::queue::testing
