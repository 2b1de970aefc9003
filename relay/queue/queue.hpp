// queue.hpp - the durable queue: SQLite behind one committer.
//
// All writers hand their changes to one committer, which gathers what waits, runs one transaction
// with one sync on the storage thread, and resumes them all. When commit() has returned, no crash
// and no power cut loses what it was given; when it throws, nothing of it happened.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay/queue/envelope.hpp"
#include "relay/world/world.hpp"

namespace mxlab::queue {

using world::awaitable;

/// The body is stored in rows of at most this size, so that nobody holds a message in memory.
inline constexpr std::size_t kChunkSize = 64 * 1024;

struct QueueOptions {
  std::string path;           // of the database file; its directory must exist
  std::uint64_t quota = 0;    // most bytes that the file may grow to; 0: no limit
  std::uint64_t reserve = 0;  // free bytes that must stay on the disk for accepting to go on
  /// Told how long each batch took to become durable; may be empty.
  std::function<void(world::Duration)> on_commit{};
};

/// A message that comes to exist with a transaction. Chunks 0 … chunks-1 were appended before;
/// `last_chunk` (may be empty) is stored with the transaction itself.
struct NewMessage {
  MessageId id = 0;
  std::uint32_t chunks = 0;
  std::string last_chunk;
  std::uint64_t size = 0;  // of the whole body
  std::vector<Envelope> envelopes;
};

struct Deferral {
  EnvelopeId id;
  std::uint32_t tries = 0;
  TimePoint next_attempt{}, wake{}, last_warning{};
  bool suspended = false;
  Failure failure;
  TimePoint last_attempt{};
};

/// Changes that happen together or not at all. An envelope that is finished leaves the queue; with
/// the last one its message and body go too. Added envelopes belong to existing messages; their
/// numbers are drawn by the queue (id.message() counts) and returned by commit().
struct Transaction {
  std::vector<NewMessage> accepted;
  std::vector<Deferral> deferred;
  std::vector<EnvelopeId> finished;
  std::vector<Envelope> added;
};

/// What a delivery needs of a message before it can begin.
struct Opening {
  std::uint64_t size = 0;    // of the whole body
  std::uint32_t chunks = 0;  // it has so many
  std::string first_chunk;
};

struct Recovery {
  std::size_t envelopes = 0, messages = 0, orphan_chunks = 0;
};

class Queue {
 public:
  Queue(world::World& world, QueueOptions options);
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  /// Opens, migrates, recovers. Throws std::system_error with a sentence that says what to do.
  awaitable<Recovery> open();
  /// The committer; spawn once after open(). Returns after stop() when all is written.
  awaitable<void> run();
  void stop();

  MessageId new_message();
  /// Stores one body chunk ahead of its message; durable only with that. Throws as commit().
  awaitable<void> append(MessageId id, std::uint32_t number, std::string chunk);
  /// Forgets the chunks of a message that will not be accepted; needs nobody to wait for it.
  void discard(MessageId id);
  /// Durable on return. Returns the ids of `added`. Throws std::system_error (no_space_on_device,
  /// io_error): then nothing happened and the caller answers 451 or 452.
  awaitable<std::vector<EnvelopeId>> commit(Transaction transaction);

  /// False when the disk is nearly full: the caller answers 452 4.3.1 before DATA. Where there was
  /// plenty a moment ago, a small message is not worth asking the disk again.
  awaitable<bool> has_room(std::uint64_t message_size);

  /// Envelopes whose wake is at or before `until`, not suspended, in order of wake; at most `most`.
  /// Ids in `inflight` are left out.
  awaitable<std::vector<Envelope>> due(TimePoint until, std::vector<EnvelopeId> inflight,
                                       std::size_t most);
  /// The earliest wake of all envelopes that are not suspended and not in `inflight`.
  awaitable<std::optional<TimePoint>> next_wake(std::vector<EnvelopeId> inflight);
  awaitable<std::optional<Envelope>> find(EnvelopeId id);
  /// All envelopes in order of id (show queue), or those of one message; at most `most` after
  /// `after`.
  awaitable<std::vector<Envelope>> list(std::optional<MessageId> message, EnvelopeId after,
                                        std::size_t most);
  /// Size and first chunk at once. Throws as message_size().
  awaitable<Opening> open_message(MessageId id);
  /// Body chunk `number`; empty beyond the end.
  awaitable<std::string> read_chunk(MessageId id, std::uint32_t number);
  /// Throws no_such_file_or_directory when the message is gone.
  awaitable<std::uint64_t> message_size(MessageId id);
  /// When the message came to us (Arrival-Date of a report). Throws as message_size().
  awaitable<TimePoint> arrival(MessageId id);

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace mxlab::queue
