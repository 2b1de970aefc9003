// ledger.hpp - what the writers of a test asked of the queue, what they were told, and whether what
// is found after a crash agrees with it.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "relay/queue/queue.hpp"

namespace mxlab::queue::testing {

/// How a request ended as its writer saw it. kRefused turns to kUnknown with the next crash: a
/// commit that failed may have left its frames on the disk, whole.
enum class Told { kNever, kUnknown, kRefused, kDone };

struct MessageRecord {
  std::string body;
  std::uint32_t envelopes = 0;
  Told accepted = Told::kNever;
  Told deferred = Told::kNever;  // of envelope 0, to one try
  Told bounced = Told::kNever;   // envelope 0 exchanged for a bounce
  Told finished = Told::kNever;  // the others
};

struct Found {
  std::map<MessageId, std::vector<Envelope>> envelopes;
  std::map<MessageId, std::string> bodies;
};

class Ledger {
 public:
  MessageRecord& at(MessageId id) { return records_[id]; }
  MessageId last() const { return records_.empty() ? 0 : records_.rbegin()->first; }
  void crashed();
  /// What is wrong with what was found; empty when nothing is.
  std::string judge(const Found& found) const;

 private:
  std::map<MessageId, MessageRecord> records_;
};

}  // namespace mxlab::queue::testing
