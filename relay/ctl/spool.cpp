#include "relay/ctl/spool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "relay/queue/database_file.hpp"
#include "relay/queue/envelope_row.hpp"

namespace mxlab::ctl {
namespace {

[[noreturn]] void refuse(std::errc code, const std::string& sentence) {
  throw std::system_error(std::make_error_code(code), sentence);
}

/// Whether a process holds the lock that lock_database() takes. Asking takes none.
bool is_taken(const std::string& path) {
  const int file = ::open((path + "-lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  const bool taken = ::fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  ::close(file);
  return taken;
}

/// As a path stands in a URI of SQLite's.
std::string escaped(const std::string& path) {
  std::string text;
  for (char c : path)
    if (c == '%' || c == '?' || c == '#')
      text += fmt::format("%{:02x}", static_cast<unsigned>(c));
    else
      text += c;
  return text;
}

bool has_bytes(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && status.st_size > 0;
}

/// Read only. Without a log everything is in the file; with one, SQLite reads it too, with its
/// index in memory, since nobody shares it with us ("unix-none" takes no locks).
queue::Database open_quietly(const std::string& path) {
  const bool log = has_bytes(path + "-wal");
  const std::string uri = "file:" + escaped(path) + (log ? "" : "?immutable=1");
  queue::Database database(uri, "unix-none", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  database.exec("PRAGMA locking_mode=EXCLUSIVE");
  return database;
}

queue::Database open_spool(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) {
    const auto error = std::error_code(errno, std::generic_category());
    throw std::system_error(error, path + ": there is no queue that can be read (--spool DIR)");
  }
  if (is_taken(path))
    refuse(std::errc::device_or_resource_busy,
           path + ": mxrelayd runs, but does not listen on the control socket (--socket PATH)");
  auto database = open_quietly(path);
  const auto version = database.number_of("PRAGMA user_version");
  if (version != queue::kSchemaVersion)
    refuse(std::errc::not_supported,
           fmt::format("{}: another version wrote this queue (schema {}, we know {}): start the "
                       "mxrelayd that belongs to this mxrelayctl",
                       path, version, queue::kSchemaVersion));
  return database;
}

std::string select(const char* where) {
  return std::string("SELECT ") + queue::kEnvelopeColumns + " FROM envelope WHERE " + where;
}

}  // namespace

Spool::Spool(const std::string& directory)
    : path_(directory + "/queue.sqlite"), database_(open_spool(path_)) {}

std::vector<queue::Envelope> Spool::list(std::optional<queue::MessageId> message,
                                         queue::EnvelopeId after, std::size_t most) {
  const auto next = after.value == 0 ? 0 : queue::row_key(after) + 1;
  const auto first = message ? std::max(next, queue::row_key(*message)) : next;
  const auto end = message ? queue::end_key(*message) : std::numeric_limits<std::int64_t>::max();
  queue::Statement statement(database_, select("id>=? AND id<? ORDER BY id LIMIT ?"));
  std::vector<queue::Envelope> envelopes;
  queue::Rows row = statement.bind(first).bind(end).bind(static_cast<std::int64_t>(most)).rows();
  while (row.next()) envelopes.push_back(queue::read_envelope(row));
  return envelopes;
}

std::optional<queue::Envelope> Spool::find(queue::EnvelopeId id) {
  queue::Statement statement(database_, select("id=?"));
  queue::Rows row = statement.bind(queue::row_key(id)).rows();
  if (!row.next()) return std::nullopt;
  return queue::read_envelope(row);
}

std::string Spool::read_chunk(queue::MessageId message, std::uint32_t number) {
  queue::Statement statement(database_, "SELECT data FROM chunk WHERE id=?");
  queue::Rows row = statement.bind(queue::row_key(message, number)).rows();
  return row.next() ? row.text() : std::string();
}

bool Spool::still_stopped() const { return !is_taken(path_); }

}  // namespace mxlab::ctl
