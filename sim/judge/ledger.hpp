// ledger.hpp - every message accounted for: delivered, bounced to its sender, or still queued.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "relay/control/texts.hpp"
#include "sim/actors/station.hpp"

namespace mxlab::sim {

/// One recipient of one message that a host has accepted: from its user, or with 250.
struct Posted {
  std::string token;  // in the message's header: finds it in mailboxes and in reports
  std::string sender, recipient;
  world::TimePoint at{};
  /// Who took it, as its banner says; the token is then its id there, which its Received field
  /// tells.
  std::string host{};
  bool silent = false;  // nobody wants to hear of its failure
};

/// All that the hosts show at one instant.
struct Evidence {
  std::vector<Delivered> mail;
  std::vector<control::QueueRow> rows;
  /// Domains whose users and aliases are a relay's own: what is sent to one of them may lie in
  /// another's mailbox there.
  std::set<std::string> local_domains;
  /// Reports that could not be delivered, by addressee: RFC 5321 4.5.5 lets them go.
  std::map<std::string, std::int64_t> dropped_reports;
  /// Final failures by recipient; the end of a message with a null sender.
  std::map<std::string, std::int64_t> final_failures;
  /// When a host may have lost sight of what it had already sent: crashes, and replies to the
  /// final dot that got lost on the way. Each excuses one copy more of a message that the host had.
  std::map<std::string, std::vector<world::TimePoint>> doubts;
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
