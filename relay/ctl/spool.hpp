// spool.hpp - the queue of a relay that does not run, looked at without a trace.
//
// Nothing is written and nothing is locked, so that a relay may start at any time: neither the
// database nor its log is changed, and a log that was left behind by a crash is read where it lies.
// Should a relay start while somebody looks, still_stopped() tells; what was read then may be old.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "relay/queue/database.hpp"
#include "relay/queue/envelope.hpp"

namespace mxlab::ctl {

class Spool {
 public:
  /// Throws std::system_error with a sentence that says what to do: there is no queue, a relay has
  /// it, or another version wrote it.
  explicit Spool(const std::string& directory);

  /// In order of id, at most `most` after `after`; those of one message, or all.
  std::vector<queue::Envelope> list(std::optional<queue::MessageId> message,
                                    queue::EnvelopeId after, std::size_t most);
  std::optional<queue::Envelope> find(queue::EnvelopeId id);
  /// A piece of a message's body; empty beyond its end.
  std::string read_chunk(queue::MessageId message, std::uint32_t number);
  bool still_stopped() const;

 private:
  std::string path_;
  queue::Database database_;
};

}  // namespace mxlab::ctl
