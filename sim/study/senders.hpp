// senders.hpp - the senders that the study knows, and the shares in which they send.
//
// Both are YAML. What is wrong with it is told with its place, as scenarios are.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sim/actors/profile.hpp"
#include "sim/scenario/scenario.hpp"

namespace mxlab::study {

using sim::Duration;
using sim::TimePoint;

/// A sending mail system: its profile, and what an operator must know besides.
struct Sender {
  sim::SenderProfile profile;
  bool leaves_silent_host = true;  // after its time-out, for the next MX
  bool tells_person = true;        // a report of failure is read by somebody
  std::string basis, source;       // where its values are from
  std::string assumed;             // which of them are a guess; empty: none
};

/// The senders of a file; the diagnostics, each ready to be printed, when it is wrong.
struct Senders {
  std::vector<Sender> all;
  std::vector<std::string> errors;
};
Senders read_senders(const std::string& file, const std::string& text);

struct Share {
  std::size_t sender = 0;  // its place among the senders
  double part = 0;         // of all letters
};

struct Mix {
  std::vector<Share> shares;  // their parts make 1
  double null_senders = 0;    // the part of letters with the sender <>
  std::string source;
};

struct MixResult {
  std::optional<Mix> mix;  // absent when there is any error
  std::vector<std::string> errors;
};
/// A YAML file of shares.
MixResult read_mix(const std::string& file, const std::string& text, const Senders& senders);
/// "gmail=30,postfix=20": the parts need not make a hundred. No null senders.
MixResult parse_mix(const std::string& text, const Senders& senders);

}  // namespace mxlab::study
