// ledger.hpp - every message accounted for: delivered, bounced to its sender, or still queued.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "relay/control/texts.hpp"
#include "sim/actors/station.hpp"

namespace mxlab::sim {

/// One recipient of one message that a host has accepted from its user.
struct Posted {
  std::string token;  // in the message's header: finds it in mailboxes and in reports
  std::string sender, recipient;
  world::TimePoint at{};
};

/// All that the hosts show at one instant.
struct Evidence {
  std::vector<Delivered> mail;
  std::vector<control::QueueRow> rows;
  /// Hosts with users and aliases of their own: what is sent to one of them may lie in another's
  /// mailbox there.
  std::set<std::string> local_domains;
  /// Reports that could not be delivered, by addressee: RFC 5321 4.5.5 lets them go.
  std::map<std::string, std::int64_t> dropped_reports;
  /// Final failures by recipient; the end of a message with a null sender.
  std::map<std::string, std::int64_t> final_failures;
  /// How often a message may have been sent twice: crashes, and replies to the final dot that got
  /// lost on the way.
  std::uint64_t excusable_copies = 0;
};

class Ledger {
 public:
  void posted(Posted posted) { entries_.push_back(std::move(posted)); }
  const std::vector<Posted>& entries() const { return entries_; }
  /// One sentence for each promise that is broken: a lost message, one copy too many.
  std::vector<std::string> audit(const Evidence& evidence) const;

 private:
  std::vector<Posted> entries_;
};

}  // namespace mxlab::sim
