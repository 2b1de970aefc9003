// mailbox.hpp - final delivery into files: mbox and maildir. Blocks; call it on storage.
#pragma once
#include <string>

#include "relay/world/disk.hpp"
#include "relay/world/time.hpp"

namespace mxlab::delivery {

/// A message to be appended: its envelope sender, its delivery trace and its text.
struct LocalMessage {
  std::string sender;     // empty: MAILER-DAEMON
  std::string recipient;  // for Delivered-To
  std::string body;       // CRLF line ends, as it was received
  world::TimePoint at{};
};

/// Appends to an mbox file under its lock and syncs it; a failed append leaves the file as it was.
/// Throws std::system_error; resource_unavailable_try_again when somebody else holds the lock.
void append_to_mbox(world::Disk& disk, const std::string& path, const LocalMessage& message);

/// Writes maildir/tmp/NAME, syncs it, renames it into maildir/new. Throws std::system_error.
void deliver_to_maildir(world::Disk& disk, const std::string& directory, const std::string& name,
                        const LocalMessage& message);

/// The text as it stands in an mbox: the From_ line, LF line ends, "From " quoted, an empty line.
std::string mbox_text(const LocalMessage& message);

}  // namespace mxlab::delivery
