#include "relay/queue/database_file.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "relay/world/paths.hpp"

namespace mxlab::queue {
namespace {

constexpr int kApplicationId = 0x6d786c71;  // "mxlq", for file(1) and for our own check

// kMigrations[n] leads from schema n to n+1; 0 is the empty file.
constexpr std::array<const char*, kSchemaVersion> kMigrations = {
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "INSERT INTO meta VALUES('last_message', 0);"
    // numbers: how many envelope numbers were ever given out; none is used twice.
    "CREATE TABLE message(id INTEGER PRIMARY KEY, chunks INTEGER NOT NULL, size INTEGER NOT NULL,"
    " arrival INTEGER NOT NULL, numbers INTEGER NOT NULL);"
    "CREATE TABLE chunk(id INTEGER PRIMARY KEY, data BLOB NOT NULL);"
    "CREATE TABLE envelope(id INTEGER PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL,"
    " authenticated INTEGER NOT NULL, internal INTEGER NOT NULL, suspended INTEGER NOT NULL,"
    " sender TEXT NOT NULL, recipient TEXT NOT NULL, destination TEXT NOT NULL,"
    " action TEXT NOT NULL, tag TEXT NOT NULL, smtp_name TEXT NOT NULL, helo TEXT NOT NULL,"
    " peer_name TEXT NOT NULL, peer_address TEXT NOT NULL, creation INTEGER NOT NULL,"
    " ttl INTEGER NOT NULL, tries INTEGER NOT NULL, next_attempt INTEGER NOT NULL,"
    " wake INTEGER NOT NULL, last_warning INTEGER NOT NULL, failure TEXT NOT NULL,"
    " failure_enhanced TEXT NOT NULL, failure_remote TEXT NOT NULL, dsn_notify TEXT NOT NULL,"
    " dsn_ret TEXT NOT NULL, dsn_envid TEXT NOT NULL, dsn_orcpt TEXT NOT NULL,"
    " bounce TEXT NOT NULL, bounce_delay INTEGER NOT NULL);"
    "CREATE INDEX envelope_wake ON envelope(wake) WHERE suspended = 0;",
    "ALTER TABLE envelope ADD COLUMN utf8 INTEGER NOT NULL DEFAULT 0;",
    "ALTER TABLE envelope ADD COLUMN last_attempt INTEGER NOT NULL DEFAULT 0;",
    "ALTER TABLE envelope ADD COLUMN user TEXT NOT NULL DEFAULT '';",
    // upload: messages of which chunks are here ahead of the message itself. What is left of them
    // at a start was never accepted; and the envelopes are counted: both without reading the rest.
    "CREATE TABLE upload(id INTEGER PRIMARY KEY);"
    "INSERT INTO upload SELECT DISTINCT id >> 16 FROM chunk"
    " WHERE id >> 16 NOT IN (SELECT id FROM message);"
    "CREATE INDEX envelope_suspended ON envelope(suspended) WHERE suspended = 1;",
};

[[noreturn]] void refuse(const std::string& sentence) {
  throw std::system_error(std::make_error_code(std::errc::not_supported), sentence);
}

/// After a failed sync and a crash the page cache may show bytes that the disk does not have, and
/// SQLite would believe them. Written over themselves they are dirty again, and the sync is honest.
void rewrite_in_place(world::Disk& disk, const std::string& path) {
  constexpr std::size_t kStep = 256 * 1024;
  if (!disk.exists(path)) return;
  auto file = disk.open(path, world::OpenMode::kReadWrite);
  const auto size = file->size();
  for (std::uint64_t at = 0; at < size; at += kStep) file->write(at, file->read(at, kStep));
  file->sync();
}

/// "wal" may be answered before the switch fails: it is asked for twice, each time to the end.
void use_wal(Database& database) {
  if (database.text_of("PRAGMA journal_mode=WAL") != "wal" ||
      database.text_of("PRAGMA journal_mode") != "wal")
    database.fail("the queue database cannot use a write-ahead log");
}

void apply_settings(Database& database, const QueueOptions& options) {
  database.exec("PRAGMA locking_mode=EXCLUSIVE");  // before the first access: no shared memory
  database.exec(fmt::format("PRAGMA page_size={}", kPageSize));
  database.exec("PRAGMA cache_size=-8192");
  database.exec("PRAGMA temp_store=MEMORY");
  database.exec("PRAGMA secure_delete=0");
  use_wal(database);
  database.exec("PRAGMA synchronous=FULL");
  database.exec("PRAGMA wal_autocheckpoint=0");  // SQLite swallows the errors of its own
  database.exec("PRAGMA journal_size_limit=67108864");
  if (options.quota != 0)
    database.exec(fmt::format("PRAGMA max_page_count={}",
                              std::max<std::uint64_t>(options.quota / kPageSize, 1)));
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

void migrate(Database& database, const std::string& path) {
  const auto version = database.number_of("PRAGMA user_version");
  if (version > kSchemaVersion)
    refuse(
        fmt::format("{}: this queue was written by a newer version (schema {}, we know {}): "
                    "install that version again, or let it drain the queue first",
                    path, version, kSchemaVersion));
  if (version == 0 ? database.number_of("SELECT count(*) FROM sqlite_master") != 0
                   : database.number_of("PRAGMA application_id") != kApplicationId)
    refuse(path + ": this database is not a queue of ours: move it away, or name another file");
  if (version == kSchemaVersion) return;
  database.exec("BEGIN IMMEDIATE");
  for (auto step = version; step < kSchemaVersion; ++step)
    database.exec(kMigrations.at(static_cast<std::size_t>(step)));
  database.exec(fmt::format("PRAGMA application_id={}; PRAGMA user_version={}; COMMIT",
                            kApplicationId, kSchemaVersion));
}

/// The first file that is asked for: whoever may not make it has the wrong directory.
std::unique_ptr<world::File> open_lock(world::Disk& disk, const std::string& path) try {
  return disk.open(path + "-lock", world::OpenMode::kCreate);
} catch (const std::system_error& error) {
  if (error.code() != std::errc::permission_denied) throw;
  throw std::system_error(
      error.code(),
      fmt::format("{}: the queue's directory and files must belong to the relay's own "
                  "user (chown -R), or name another directory",
                  path));
}

}  // namespace

std::unique_ptr<world::File> lock_database(world::Disk& disk, const std::string& path) {
  auto file = open_lock(disk, path);
  if (!file->try_lock())
    throw std::system_error(
        std::make_error_code(std::errc::device_or_resource_busy),
        path + ": another process uses this queue: stop it first, or name another file");
  return file;
}

Database open_database(world::Disk& disk, const QueueOptions& options) try {
  rewrite_in_place(disk, options.path + "-wal");
  // SQLite would follow a link, and make the file as readable as the umask lets it; its log gets
  // the file's mode.
  disk.open(options.path, world::OpenMode::kCreate);
  Database database(options.path, disk.sqlite_vfs());
  apply_settings(database, options);
  migrate(database, options.path);
  // SQLite ignores the error of the one directory sync that makes its new files' names durable.
  disk.sync_directory(world::directory_of(options.path));
  return database;
} catch (const DatabaseError& error) {
  if (!error.is_damage()) throw;
  refuse(
      fmt::format("{}: this file is damaged, or not a queue at all ({}): move it and its -wal "
                  "away together, and keep them: mail may be in them",
                  options.path, error.what()));
}

}  // namespace mxlab::queue
