// key_log.hpp - the secrets of a run's TLS connections as an NSS key log file, with which Wireshark
// decrypts the run's capture.
#pragma once
#include <cstdio>
#include <memory>
#include <set>
#include <string>

namespace mxlab::report {

/// Writes while it lives; one at a time. TLS contexts from before are not heard. Its calls throw
/// std::system_error with the file's name.
class KeyLog {
 public:
  explicit KeyLog(const std::string& file);
  KeyLog(const KeyLog&) = delete;
  KeyLog& operator=(const KeyLog&) = delete;
  ~KeyLog();
  /// Everything is in the file.
  void finish();

 private:
  std::string name_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::set<std::string, std::less<>> told_;  // both ends of a connection tell the same
};

}  // namespace mxlab::report
