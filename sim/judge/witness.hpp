// witness.hpp - what hosts have promised to scripted clients, read from the lines that they spoke.
//
// A client that a scenario scripts keeps no queue, so nobody else notes that its mail was taken:
// 250 is 250, whoever hears it. Only a reply that tells the message's id is understood, as that of
// OpenSMTPD and of ours does: by this id the message is found again.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "sim/judge/ledger.hpp"
#include "sim/world/trace.hpp"

namespace mxlab::sim {

class Witness {
 public:
  /// Enters into the ledger, which outlives it.
  explicit Witness(Ledger& ledger) : ledger_(ledger) {}
  /// The next event of a client; those that are no lines of SMTP say nothing.
  void read(const Event& event);

 private:
  struct Recipient {
    std::string address;
    bool silent = false;
  };
  struct Talk {
    std::string host;     // as its banner says
    std::string command;  // the last thing that was said
    std::string sender;
    std::vector<Recipient> recipients;  // accepted ones
  };
  void heard(Talk& talk, const Event& event);

  Ledger& ledger_;
  std::map<std::string, Talk> talks_;  // by session
};

}  // namespace mxlab::sim
