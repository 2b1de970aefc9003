// wire_secrets.hpp - the secrets of a live run's TLS connections as an NSS key log file, with which
// Wireshark decrypts the run's capture.
//
// No program has a switch for it: a library of the lab's is preloaded into all that run on its
// machines, as they are, and before they lock themselves. Exim brings
// another library for TLS and tells nothing; whoever it speaks to does.
#pragma once
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace mxlab::sim::live {

class WireSecrets {
 public:
  /// Writes to `file`; `library` is secrets_library(). Throws std::system_error with the file's
  /// name.
  WireSecrets(const std::string& file, const std::string& library);

  /// Programs that begin from now on with this root directory are overheard. Throws
  /// std::system_error.
  void overhear(const std::filesystem::path& root);
  /// All that was told so far is in the file. Throws std::runtime_error when that is not
  /// everything.
  void finish();

 private:
  bool collect(const std::filesystem::path& told);

  std::string name_;
  std::filesystem::path library_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::vector<std::filesystem::path> told_;
  std::set<std::string> lines_;  // both ends of a connection tell the same
};

}  // namespace mxlab::sim::live
