#include "relay/queue/database.hpp"

#include <utility>

namespace mxlab::queue {
namespace {

std::error_code meaning_of(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_FULL:
      return std::make_error_code(std::errc::no_space_on_device);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return std::make_error_code(std::errc::device_or_resource_busy);
    default:
      return std::make_error_code(std::errc::io_error);
  }
}

}  // namespace

DatabaseError::DatabaseError(int sqlite_code, const std::string& what)
    : std::system_error(meaning_of(sqlite_code), what), code_(sqlite_code) {}

Database::Database(const std::string& path, const char* vfs, int flags) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, vfs);
  handle_.reset(handle);
  if (handle == nullptr) throw DatabaseError(code, "open " + path);
  if (code != SQLITE_OK) fail("open " + path);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void Database::fail(const std::string& doing) const {
  throw DatabaseError(sqlite3_extended_errcode(handle()), doing + ": " + sqlite3_errmsg(handle()));
}

void Database::exec(const char* sql) {
  if (sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
}

std::string Database::text_of(const char* sql) {
  Statement statement(*this, sql);
  Rows rows = statement.rows();
  if (!rows.next()) return {};
  std::string first = rows.text();
  while (rows.next()) {
  }
  return first;
}

std::int64_t Database::number_of(const char* sql) { return std::stoll("0" + text_of(sql)); }

Statement::Statement(Database& database, const std::string& sql) : database_(database) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v3(database.handle(), sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT,
                           &statement, nullptr));
  statement_.reset(statement);
}

void Statement::check(int code) {
  if (code == SQLITE_OK) return;
  bound_ = 0;
  database_.fail("queue database");
}

Statement& Statement::bind(std::int64_t value) {
  check(sqlite3_bind_int64(statement_.get(), ++bound_, value));
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  // An empty view may hold a null pointer, which SQLite would take for NULL.
  const char* data = text.empty() ? "" : text.data();
  check(sqlite3_bind_text64(statement_.get(), ++bound_, data, text.size(), SQLITE_STATIC,
                            SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
  const char* data = bytes.empty() ? "" : bytes.data();
  check(sqlite3_bind_blob64(statement_.get(), ++bound_, data, bytes.size(), SQLITE_STATIC));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const DatabaseError error(sqlite3_extended_errcode(database_.handle()),
                            std::string("queue database: ") + sqlite3_errmsg(database_.handle()));
  reset();
  throw error;
}

void Statement::reset() {
  sqlite3_reset(statement_.get());  // repeats the error of the step, which was thrown already
  bound_ = 0;
}

std::int64_t Statement::run() {
  Rows all(*this);
  while (all.next()) {
  }
  return sqlite3_changes64(database_.handle());
}

Rows Statement::rows() { return Rows(*this); }

std::string Rows::text() {
  // The order matters: the bytes are counted after the conversion.
  auto* statement = statement_.statement_.get();
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement, column_));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column_++));
  return size == 0 ? std::string() : std::string(data, size);
}

}  // namespace mxlab::queue
