#include "relay/queue/store.hpp"

#include <algorithm>

#include "relay/queue/database_file.hpp"
#include "relay/queue/envelope_row.hpp"
#include "relay/world/paths.hpp"

namespace mxlab::queue {
namespace {

constexpr int kCheckpointPages = 1000;  // 4 MiB of log
/// Pages that must stay free in a queue with a quota beside the message itself: its rows, the
/// inner pages of the trees, and the changes of envelopes that are already here.
constexpr std::uint64_t kSparePages = 16;

int remember_log_pages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

std::string select_envelopes(const char* where) {
  return std::string("SELECT ") + kEnvelopeColumns + " FROM envelope WHERE " + where;
}

std::system_error not_in_queue(MessageId id) {
  return {std::make_error_code(std::errc::no_such_file_or_directory),
          "message " + to_hex(id) + " is not in the queue"};
}

bool contains(const std::vector<EnvelopeId>& sorted, EnvelopeId id) {
  return std::binary_search(sorted.begin(), sorted.end(), id);
}

}  // namespace

struct Store::Statements {
  explicit Statements(Database& d)
      : insert_chunk(d, "INSERT INTO chunk VALUES(?,?)"),
        begin_upload(d, "INSERT OR IGNORE INTO upload VALUES(?)"),
        end_upload(d, "DELETE FROM upload WHERE id=?"),
        insert_message(d, "INSERT INTO message VALUES(?,?,?,?,?)"),
        insert_envelope(d, std::string("INSERT INTO envelope(") + kEnvelopeColumns + ") VALUES(" +
                               kEnvelopePlaceholders + ")"),
        last_message(d, "UPDATE meta SET value=max(value, ?) WHERE name='last_message'"),
        defer(d,
              "UPDATE envelope SET tries=?2, next_attempt=?3, wake=?4, last_warning=?5,"
              " suspended=?6, failure=?7, failure_enhanced=?8, failure_remote=?9, last_attempt=?10"
              " WHERE id=?1"),
        numbers(d, "SELECT numbers FROM message WHERE id=?"),
        take_number(d, "UPDATE message SET numbers=numbers+1 WHERE id=?"),
        finish(d, "DELETE FROM envelope WHERE id=?"),
        any_left(d, "SELECT 1 FROM envelope WHERE id>=? AND id<? LIMIT 1"),
        delete_message(d, "DELETE FROM message WHERE id=?"),
        delete_chunks(d, "DELETE FROM chunk WHERE id>=? AND id<?"),
        wakes(d, "SELECT id, wake FROM envelope WHERE suspended=0 AND wake<=? ORDER BY wake, id"),
        find(d, select_envelopes("id=?")),
        list(d, select_envelopes("id>=? AND id<? ORDER BY id LIMIT ?")),
        chunk(d, "SELECT data FROM chunk WHERE id=?"),
        size(d, "SELECT size FROM message WHERE id=?"),
        opening(d, "SELECT size, chunks FROM message WHERE id=?"),
        arrival(d, "SELECT arrival FROM message WHERE id=?") {}

  Statement insert_chunk, begin_upload, end_upload, insert_message, insert_envelope, last_message,
      defer;
  Statement numbers, take_number, finish, any_left, delete_message, delete_chunks;
  Statement wakes, find, list, chunk, size, opening, arrival;
};

Store::Store(world::Disk& disk, const QueueOptions& options)
    : disk_(disk),
      options_(options),
      lock_(lock_database(disk, options.path)),
      database_(open_database(disk, options)) {
  sqlite3_wal_hook(database_.handle(), remember_log_pages, &log_pages_);
  recover();
  sql_ = std::make_unique<Statements>(database_);
}

Store::~Store() = default;

// Nothing that was answered with 250 is touched: with its message an upload ends. The last envelope
// and its message leave together. So nothing but what a crash has left over is read, however long
// the queue.
void Store::recover() {
  database_.exec("BEGIN IMMEDIATE");
  Statement orphans(database_,
                    "DELETE FROM chunk WHERE id IN (SELECT chunk.id FROM upload CROSS JOIN chunk ON"
                    " chunk.id >= upload.id << 16 AND chunk.id < (upload.id + 1) << 16)");
  recovery_.orphan_chunks = static_cast<std::size_t>(orphans.run());
  database_.exec("DELETE FROM upload");
  database_.exec("COMMIT");
  auto count = [&](const char* sql) { return static_cast<std::size_t>(database_.number_of(sql)); };
  recovery_.envelopes = count(
      "SELECT (SELECT count(*) FROM envelope WHERE suspended=0) +"
      " (SELECT count(*) FROM envelope WHERE suspended=1)");
  recovery_.messages = count("SELECT count(*) FROM message");
  last_message_ = static_cast<MessageId>(
      database_.number_of("SELECT value FROM meta WHERE name='last_message'"));
}

std::vector<WriteResult> Store::write(const std::vector<const Write*>& batch) {
  auto results = write_together(batch);
  if (batch.size() < 2 || !results.front().error) return results;
  for (std::size_t i = 0; i < batch.size(); ++i) results[i] = write_together({batch[i]}).front();
  return results;
}

std::vector<WriteResult> Store::write_together(const std::vector<const Write*>& batch) {
  std::vector<WriteResult> results(batch.size());
  std::exception_ptr error;
  try {
    settle();
    sync_commits(
        std::ranges::any_of(batch, [](const Write* w) { return !w->chunk && !w->discarded; }));
    database_.exec("BEGIN IMMEDIATE");
    for (std::size_t i = 0; i < batch.size(); ++i) results[i].added = apply(*batch[i]);
    database_.exec("COMMIT");
    return results;
  } catch (const DatabaseError& failure) {
    error = std::current_exception();
    in_doubt_ = in_doubt_ || !failure.is_full();
  } catch (const std::system_error&) {  // our own refusal: the database is as it was
    error = std::current_exception();
  }
  // Most failures have rolled back already. What this ROLLBACK itself meets, settle() clears up.
  if (database_.in_transaction())
    sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  // At once: until then chunks whose sync has failed lie in the page cache only.
  try {
    settle();
  } catch (const DatabaseError&) {
    // Still in doubt; the next write tries again before anything else.
  }
  return std::vector<WriteResult>(batch.size(), {{}, error});
}

// Chunks that come ahead of their message need no sync of their own: the log is one file, and the
// sync that makes the message durable makes all of it durable.
void Store::sync_commits(bool sync) {
  if (syncs_ == sync) return;
  database_.exec(sync ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  syncs_ = sync;
}

// Frames of a failed commit lie in the log, in whatever state; nothing may be built upon them.
void Store::settle() {
  if (!in_doubt_) return;
  checkpoint_all();
  in_doubt_ = false;
}

bool Store::wants_checkpoint() const { return log_pages_ >= kCheckpointPages; }

void Store::checkpoint() {
  log_pages_ = 0;  // a failure is tried again after as many pages, not after each commit
  try {
    database_.exec("PRAGMA wal_checkpoint(PASSIVE)");
  } catch (const DatabaseError& failure) {
    in_doubt_ = in_doubt_ || !failure.is_full();
    throw;
  }
}

void Store::checkpoint_all() {
  // The answer's first column is 1 when a reader stood in the way, which is no error to SQLite.
  if (database_.number_of("PRAGMA wal_checkpoint(TRUNCATE)") != 0)
    throw DatabaseError(SQLITE_BUSY, "the queue's log cannot be emptied");
  log_pages_ = 0;
}

std::vector<EnvelopeId> Store::apply(const Write& write) {
  if (write.chunk) add_chunk(*write.chunk);
  if (write.discarded) {
    drop_chunks(*write.discarded);
    sql_->end_upload.bind(std::int64_t{*write.discarded}).run();
  }
  for (const auto& message : write.transaction.accepted) accept(message);
  for (const auto& deferral : write.transaction.deferred) defer(deferral);
  std::vector<EnvelopeId> added;
  for (const auto& envelope : write.transaction.added) added.push_back(add(envelope));
  // Last: a report about the last envelope keeps the message that it is about.
  for (auto id : write.transaction.finished) finish(id);
  return added;
}

void Store::add_chunk(const Write::Chunk& chunk) {
  if (chunk.number == 0) sql_->begin_upload.bind(std::int64_t{chunk.message}).run();
  sql_->insert_chunk.bind(row_key(chunk.message, chunk.number)).bind_blob(chunk.data).run();
}

void Store::accept(const NewMessage& message) {
  if (message.chunks > 0) sql_->end_upload.bind(std::int64_t{message.id}).run();
  auto chunks = message.chunks;
  if (!message.last_chunk.empty())
    sql_->insert_chunk.bind(row_key(message.id, chunks++)).bind_blob(message.last_chunk).run();
  std::uint32_t numbers = 0;
  TimePoint arrival = message.envelopes.empty() ? TimePoint{} : message.envelopes.front().creation;
  for (const auto& envelope : message.envelopes) {
    if (envelope.id.message() != message.id || envelope.id.number() >= kMostNumbers)
      throw std::system_error(
          std::make_error_code(std::errc::invalid_argument),
          "envelope " + to_hex(envelope.id) + " is not one of " + to_hex(message.id));
    bind_envelope(sql_->insert_envelope, envelope);
    sql_->insert_envelope.run();
    numbers = std::max(numbers, envelope.id.number() + 1);
  }
  sql_->insert_message.bind(std::int64_t{message.id})
      .bind(std::int64_t{chunks})
      .bind(static_cast<std::int64_t>(message.size))
      .bind(to_row(arrival))
      .bind(std::int64_t{numbers})
      .run();
  sql_->last_message.bind(std::int64_t{message.id}).run();
}

void Store::defer(const Deferral& d) {
  sql_->defer.bind(row_key(d.id)).bind(std::int64_t{d.tries}).bind(to_row(d.next_attempt));
  sql_->defer.bind(to_row(d.wake)).bind(to_row(d.last_warning)).bind(std::int64_t{d.suspended});
  sql_->defer.bind(d.failure.text).bind(d.failure.enhanced).bind(d.failure.remote);
  sql_->defer.bind(to_row(d.last_attempt)).run();
}

std::int64_t Store::message_column(Statement& statement, MessageId id) {
  Rows row = statement.bind(std::int64_t{id}).rows();
  if (!row.next()) throw not_in_queue(id);
  return row.number();
}

EnvelopeId Store::add(Envelope envelope) {
  const auto message = envelope.id.message();
  const auto number = message_column(sql_->numbers, message);
  if (number >= kMostNumbers)
    throw std::system_error(std::make_error_code(std::errc::value_too_large),
                            "message " + to_hex(message) + " has had too many envelopes");
  sql_->take_number.bind(std::int64_t{message}).run();
  envelope.id = EnvelopeId::of(message, static_cast<std::uint32_t>(number));
  bind_envelope(sql_->insert_envelope, envelope);
  sql_->insert_envelope.run();
  return envelope.id;
}

void Store::finish(EnvelopeId id) {
  const auto message = id.message();
  sql_->finish.bind(row_key(id)).run();
  if (sql_->any_left.bind(row_key(message)).bind(end_key(message)).rows().next()) return;
  sql_->delete_message.bind(std::int64_t{message}).run();
  drop_chunks(message);
}

void Store::drop_chunks(MessageId id) {
  sql_->delete_chunks.bind(row_key(id)).bind(end_key(id)).run();
}

bool Store::has_room(std::uint64_t message_size) {
  // Once in the log and once in the file.
  if (auto free = disk_.free_space(world::directory_of(options_.path));
      free && *free < options_.reserve + 2 * message_size)
    return false;
  if (options_.quota == 0) return true;
  const auto used = static_cast<std::uint64_t>(database_.number_of("PRAGMA page_count") -
                                               database_.number_of("PRAGMA freelist_count"));
  return used + message_size / kPageSize + kSparePages <= options_.quota / kPageSize;
}

std::vector<Envelope> Store::due(TimePoint until, std::vector<EnvelopeId> inflight,
                                 std::size_t most) {
  std::sort(inflight.begin(), inflight.end());
  std::vector<Envelope> out;
  Rows row = sql_->wakes.bind(to_row(until)).rows();
  while (out.size() < most && row.next())
    if (auto id = id_of_row(row.number()); !contains(inflight, id)) out.push_back(find(id).value());
  return out;
}

std::optional<TimePoint> Store::next_wake(std::vector<EnvelopeId> inflight) {
  std::sort(inflight.begin(), inflight.end());
  Rows row = sql_->wakes.bind(to_row(TimePoint::max())).rows();
  while (row.next())
    if (!contains(inflight, id_of_row(row.number()))) return time_of_row(row.number());
  return std::nullopt;
}

std::optional<Envelope> Store::find(EnvelopeId id) {
  Rows row = sql_->find.bind(row_key(id)).rows();
  if (!row.next()) return std::nullopt;
  return read_envelope(row);
}

std::vector<Envelope> Store::list(std::optional<MessageId> message, EnvelopeId after,
                                  std::size_t most) {
  const auto next = after.value == 0 ? 0 : row_key(after) + 1;
  const auto first = message ? std::max(next, row_key(*message)) : next;
  const auto end = message ? end_key(*message) : std::numeric_limits<std::int64_t>::max();
  std::vector<Envelope> out;
  Rows row = sql_->list.bind(first).bind(end).bind(static_cast<std::int64_t>(most)).rows();
  while (row.next()) out.push_back(read_envelope(row));
  return out;
}

Opening Store::open_message(MessageId id) {
  Opening opening;
  {
    Rows row = sql_->opening.bind(std::int64_t{id}).rows();
    if (!row.next()) throw not_in_queue(id);
    opening.size = static_cast<std::uint64_t>(row.number());
    opening.chunks = static_cast<std::uint32_t>(row.number());
  }
  opening.first_chunk = read_chunk(id, 0);
  return opening;
}

std::string Store::read_chunk(MessageId id, std::uint32_t number) {
  Rows row = sql_->chunk.bind(row_key(id, number)).rows();
  return row.next() ? row.text() : std::string();
}

std::uint64_t Store::message_size(MessageId id) {
  return static_cast<std::uint64_t>(message_column(sql_->size, id));
}

TimePoint Store::arrival(MessageId id) { return time_of_row(message_column(sql_->arrival, id)); }

}  // namespace mxlab::queue
