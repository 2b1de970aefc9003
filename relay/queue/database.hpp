// database.hpp - SQLite in C++: a connection, statements, rows, errors as std::system_error.
//
// Knows nothing of mail. One thread at a time; a Rows object must end before the next statement
// that changes the locks (COMMIT, a checkpoint).
#pragma once
#include <cstdint>
#include <memory>
#include <sqlite3.h>
#include <string>
#include <string_view>
#include <system_error>

namespace mxlab::queue {

/// no_space_on_device, device_or_resource_busy, or io_error; the extended result code beside it.
class DatabaseError : public std::system_error {
 public:
  DatabaseError(int sqlite_code, const std::string& what);
  /// The disk, or the quota, is full. SQLite has rolled back, and nothing is in doubt.
  bool is_full() const { return (code_ & 0xff) == SQLITE_FULL; }
  /// The bytes make no sense to SQLite.
  bool is_damage() const {
    return (code_ & 0xff) == SQLITE_NOTADB || (code_ & 0xff) == SQLITE_CORRUPT;
  }

 private:
  int code_;
};

class Database {
 public:
  /// `vfs` may be nullptr: SQLite's default. `flags` are those of sqlite3_open_v2().
  Database(const std::string& path, const char* vfs,
           int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);

  void exec(const char* sql);
  void exec(const std::string& sql) { exec(sql.c_str()); }
  /// The first column of the first row; stepped to the end, where implicit commits report errors.
  std::string text_of(const char* sql);
  std::int64_t number_of(const char* sql);
  bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
  sqlite3* handle() const { return handle_.get(); }
  [[noreturn]] void fail(const std::string& doing) const;

 private:
  struct Closer {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Closer> handle_;
};

class Rows;

/// A prepared statement. Parameters are bound in order; texts must live until the step.
class Statement {
 public:
  Statement(Database& database, const std::string& sql);

  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  Statement& bind_blob(std::string_view bytes);
  /// Runs it to the end; returns the number of rows changed.
  std::int64_t run();
  Rows rows();

 private:
  friend class Rows;
  bool step();
  void reset();
  void check(int code);

  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
  int bound_ = 0;
};

/// The rows of one execution. Columns are taken from left to right.
class Rows {
 public:
  explicit Rows(Statement& statement) : statement_(statement) {}
  ~Rows() { statement_.reset(); }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  bool next() {
    column_ = 0;
    return statement_.step();
  }
  std::int64_t number() { return sqlite3_column_int64(statement_.statement_.get(), column_++); }
  std::string text();

 private:
  Statement& statement_;
  int column_ = 0;
};

}  // namespace mxlab::queue
