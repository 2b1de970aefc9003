#include "tests/queue/story.hpp"

#include <sqlite3.h>

namespace mxlab::queue::testing {
namespace {

const char* const kPath = "/var/queue/mail.db";
constexpr int kWriters = 3;
constexpr int kMostBoots = 20;

}  // namespace

Story::Story(const Plan& plan) : plan_(plan), random_(plan.seed), disk_(disk_random_) {
  sim::reset_sqlite_randomness(random_);
  disk_.install("/var/queue/.keep", "");
  disk_.on_call([this](const sim::DiskCall& call) {
    for (auto part : {call.operation, call.path, call.data})
      for (char c : part) steps_ = (steps_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  });
}

asio::awaitable<Told> Story::commit(Transaction transaction) {
  try {
    co_await machine_->queue().commit(std::move(transaction));
    co_return Told::kDone;
  } catch (const std::system_error&) {
    co_return Told::kRefused;
  }
}

static Envelope envelope(EnvelopeId id, EnvelopeKind kind = EnvelopeKind::kRelay) {
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

}  // namespace mxlab::queue::testing
