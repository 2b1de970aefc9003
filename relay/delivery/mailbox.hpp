// mailbox.hpp - final delivery into files: one message on its way into a mailbox.
//
// What mbox.cpp and maildir.cpp have in common. A message that was not finished is not there: who
// drops the writer leaves the mailbox as it was. Calls block; make them on storage.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "relay/delivery/accounts.hpp"
#include "relay/delivery/local_text.hpp"
#include "relay/world/disk.hpp"

namespace mxlab::delivery {

class MailboxWriter {
 public:
  virtual ~MailboxWriter() = default;
  /// The next piece of the message as it was received (CRLF). Throws std::system_error.
  virtual void write(std::string_view piece) = 0;
  /// Whole, durable, and to be seen by readers on return. Throws std::system_error.
  virtual void finish() = 0;
};

/// Refuses what is no plain file of its owner, or has another name somewhere: a trap laid by
/// somebody who wants us to write where he may not; or a file that we have just made and that its
/// reader could not read. Throws operation_not_permitted with what to do about it.
void check_mailbox_file(world::File& file, const std::string& path, const Account& owner);

}  // namespace mxlab::delivery
