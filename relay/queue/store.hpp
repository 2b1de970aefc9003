// store.hpp - the queue's tables: what is written together, and what is read.
//
// Blocks, so it lives on the storage thread. A batch of writes is one transaction with one sync;
// when it fails, each of its writes is tried alone, so that one that is too big spoils only itself.
// The connection is kept across errors: it knows which of its frames were never committed, a
// reopened one would believe the page cache.
#pragma once
#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "relay/queue/database.hpp"
#include "relay/queue/queue.hpp"

namespace mxlab::queue {

/// What one writer wants; it happens as a whole or not at all.
struct Write {
  struct Chunk {
    MessageId message = 0;
    std::uint32_t number = 0;
    std::string data;
  };
  Transaction transaction;
  std::optional<Chunk> chunk;
  std::optional<MessageId> discarded;
};

struct WriteResult {
  std::vector<EnvelopeId> added;
  std::exception_ptr error;  // none: it is durable
};

class Store {
 public:
  /// Opens and recovers. Throws as open_database().
  Store(world::Disk& disk, const QueueOptions& options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const Recovery& recovery() const { return recovery_; }
  MessageId last_message() const { return last_message_; }

  /// One result for each write, in order.
  std::vector<WriteResult> write(const std::vector<const Write*>& batch);

  bool wants_checkpoint() const;
  /// Copies the log into the database, as far as it goes. Throws.
  void checkpoint();
  /// Leaves an empty log behind. Throws.
  void checkpoint_all();

  bool has_room(std::uint64_t message_size);
  std::vector<Envelope> due(TimePoint until, std::vector<EnvelopeId> inflight, std::size_t most);
  std::optional<TimePoint> next_wake(std::vector<EnvelopeId> inflight);
  std::optional<Envelope> find(EnvelopeId id);
  std::vector<Envelope> list(std::optional<MessageId> message, EnvelopeId after, std::size_t most);
  Opening open_message(MessageId id);
  std::string read_chunk(MessageId id, std::uint32_t number);
  std::uint64_t message_size(MessageId id);
  TimePoint arrival(MessageId id);

 private:
  struct Statements;
  void recover();
  std::vector<WriteResult> write_together(const std::vector<const Write*>& batch);
  void settle();
  void sync_commits(bool sync);
  std::vector<EnvelopeId> apply(const Write& write);
  void add_chunk(const Write::Chunk& chunk);
  void accept(const NewMessage& message);
  void defer(const Deferral& deferral);
  EnvelopeId add(Envelope envelope);
  void finish(EnvelopeId id);
  void drop_chunks(MessageId id);
  std::int64_t message_column(Statement& statement, MessageId id);

  world::Disk& disk_;
  QueueOptions options_;
  std::unique_ptr<world::File> lock_;
  Database database_;
  std::unique_ptr<Statements> sql_;
  Recovery recovery_;
  MessageId last_message_ = 0;
  int log_pages_ = 0;      // in the write-ahead log, told by SQLite after each commit
  bool syncs_ = true;      // commits are synced (PRAGMA synchronous=FULL)
  bool in_doubt_ = false;  // a write failed: the log must be emptied before the next one
};

}  // namespace mxlab::queue
