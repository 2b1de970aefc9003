// mbox.hpp - appending to an mbox file that other programs read and write too.
//
// Both locks of Debian Policy 11.6, which mutt and dovecot take as well: the kernel's on the file
// itself, then FILE.lock. Neither is waited for here: who finds one taken comes back later.
#pragma once
#include <optional>
#include <system_error>

#include "relay/delivery/mailbox.hpp"

namespace mxlab::delivery {

/// Somebody else is at work in the mailbox.
class MailboxLocked : public std::system_error {
 public:
  MailboxLocked(const std::string& path, std::optional<std::string> dot_lock)
      : std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again),
                          path + " is locked"),
        dot_lock_(std::move(dot_lock)) {}
  /// What FILE.lock holds; nothing: it was the kernel's lock.
  const std::optional<std::string>& dot_lock() const { return dot_lock_; }

 private:
  std::optional<std::string> dot_lock_;
};

struct MboxTarget {
  std::string path;
  Account owner;
  LocalHead head;
  /// A FILE.lock with this content has been there for so long that nobody can be holding it.
  std::optional<std::string> abandoned_lock;
};

/// Opens, locks, and looks for traps. A process appends to a file with one writer at a time: its
/// kernel locks do not hold against itself. Throws MailboxLocked, std::system_error.
std::unique_ptr<MailboxWriter> open_mbox(world::Disk& disk, const MboxTarget& target);

}  // namespace mxlab::delivery
