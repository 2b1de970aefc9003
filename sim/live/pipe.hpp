// pipe.hpp - both ends of a pipe, closed on exec.
#pragma once
#include <string>
#include <string_view>

namespace mxlab::sim::live {

class Pipe {
 public:
  /// Throws std::system_error.
  Pipe();
  ~Pipe() { close(); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int reading() const { return reading_; }
  int writing() const { return writing_; }
  /// For who closes that end himself.
  int take_reading();
  int take_writing();
  void close_reading();
  void close_writing();
  void close();

  /// What nobody reads any more is dropped.
  void write_all(std::string_view bytes);
  /// Until the other end is closed by everybody.
  std::string read_all();

 private:
  int reading_ = -1, writing_ = -1;
};

}  // namespace mxlab::sim::live
