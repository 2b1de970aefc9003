// maildir.hpp - one message on its way into a maildir: tmp/NAME, synced, then new/NAME.
#pragma once
#include "relay/delivery/mailbox.hpp"

namespace mxlab::delivery {

struct MaildirTarget {
  std::string directory;  // absolute
  std::string name;       // unique for good; the same at each attempt, so that it replaces itself
  std::string extension;  // user+extension: goes to .extension when that folder is there
  bool junk = false;      // what a filter has called spam goes to .Junk
  Account owner;
  LocalHead head;
};

/// Makes the folders that are missing. Throws std::system_error.
std::unique_ptr<MailboxWriter> open_maildir(world::Disk& disk, const MaildirTarget& target);

}  // namespace mxlab::delivery
