// lock_watch.hpp - remembers the lock files that stand in the way of mail, to tell which of them
// nobody can be holding any more. Pure: time is passed in.
//
// A program that dies leaves its FILE.lock behind. Nobody needs a mailbox for minutes, so a lock
// that looks the same each time for so long is abandoned (as lockfile_create(3) and dovecot judge).
#pragma once
#include <map>
#include <optional>
#include <string>

#include "relay/world/time.hpp"

namespace mxlab::delivery {

inline constexpr world::Duration kAbandonedLock = std::chrono::minutes(5);

class LockWatch {
 public:
  /// The mailbox was found locked; `content` is its lock file's, absent with a lock of the kernel,
  /// which dies with its holder. Returns the content if it counts as abandoned.
  std::optional<std::string> found(const std::string& mailbox,
                                   const std::optional<std::string>& content,
                                   world::SteadyPoint now) {
    if (!content) {
      seen_.erase(mailbox);
      return std::nullopt;
    }
    auto [at, is_new] = seen_.try_emplace(mailbox, Seen{*content, now});
    if (at->second.content != *content) at->second = {*content, now};
    if (now - at->second.since < kAbandonedLock) return std::nullopt;
    return content;
  }
  void opened(const std::string& mailbox) { seen_.erase(mailbox); }

 private:
  struct Seen {
    std::string content;
    world::SteadyPoint since;
  };
  std::map<std::string, Seen> seen_;
};

}  // namespace mxlab::delivery
