// queue_fixture.hpp - a running queue over either disk, and messages to put into it.
#pragma once
#include <filesystem>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "relay/queue/queue.hpp"
#include "relay/world/real_disk.hpp"
#include "tests/queue/machine.hpp"

namespace mxlab::queue::testing {

inline const TimePoint kNow{std::chrono::seconds(1'795'332'817)};

inline Envelope envelope(MessageId message, std::uint32_t number, TimePoint wake = kNow) {
  Envelope e;
  e.id = EnvelopeId::of(message, number);
  e.sender = "test@websteading.net";
  e.recipient = e.destination = "r" + std::to_string(number) + "@example.org";
  e.action = "backup";
  e.creation = kNow;
  e.next_attempt = e.wake = wake;
  return e;
}

/// A message with envelopes 0 … count-1, its body "body of <id>".
inline Transaction message(MessageId id, std::uint32_t count = 1) {
  NewMessage m;
  m.id = id;
  m.last_chunk = "body of " + to_hex(id);
  m.size = m.last_chunk.size();
  for (std::uint32_t n = 0; n < count; ++n) m.envelopes.push_back(envelope(id, n));
  Transaction t;
  t.accepted.push_back(std::move(m));
  return t;
}

class QueueTest : public ::testing::TestWithParam<bool> {
 protected:
  QueueTest() {
    if (GetParam()) {
      directory_ = "/var/queue";
      sim_.make_directory(directory_);
    } else {
      std::string name = std::filesystem::temp_directory_path() / "mxlab-queue-XXXXXX";
      directory_ = ::mkdtemp(name.data()) != nullptr ? name : "";
    }
    start();
  }
  ~QueueTest() override {
    machine_.reset();
    if (!GetParam()) std::filesystem::remove_all(directory_);
  }
  world::Disk& disk() { return GetParam() ? static_cast<world::Disk&>(sim_) : real_; }
  std::string path() const { return directory_ + "/mail.db"; }
  Recovery start() {
    machine_ = std::make_unique<Machine>(disk(), QueueOptions{path(), quota_, reserve_});
    return machine_->boot();
  }
  Recovery restart() {
    machine_->shut();
    machine_.reset();
    return start();
  }
  Queue& queue() { return machine_->queue(); }
  std::vector<EnvelopeId> commit(Transaction t) {
    return machine_->await(queue().commit(std::move(t)));
  }
  std::vector<Envelope> all() { return machine_->await(queue().list({}, {}, 1000)); }
  std::vector<EnvelopeId> due(TimePoint until, std::vector<EnvelopeId> inflight = {},
                              std::size_t most = 100) {
    std::vector<EnvelopeId> out;
    for (const auto& e : machine_->await(queue().due(until, inflight, most))) out.push_back(e.id);
    return out;
  }
  std::string body(MessageId id) {
    std::string out;
    for (std::uint32_t n = 0;; ++n) {
      auto chunk = machine_->await(queue().read_chunk(id, n));
      if (chunk.empty()) return out;
      out += chunk;
    }
  }
  /// Changes the closed database behind the queue's back.
  void alter(const char* sql) {
    machine_->shut();
    machine_.reset();
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open_v2(path().c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                              disk().sqlite_vfs()),
              SQLITE_OK);
    sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE", nullptr, nullptr, nullptr);
    EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  std::string refusal() {
    try {
      start();
    } catch (const std::system_error& error) {
      return error.what();
    }
    return "(opened)";
  }

  std::uint64_t quota_ = 0, reserve_ = 0;
  std::string directory_;
  sim::Rng random_{3};
  sim::SimDisk sim_{random_};
  world::RealDisk real_;
  std::unique_ptr<Machine> machine_;
};

inline EnvelopeId id(MessageId message, std::uint32_t number) {
  return EnvelopeId::of(message, number);
}

}  // namespace mxlab::queue::testing
