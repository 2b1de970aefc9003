// peers.hpp - one scenario on real wires with each of several mail systems as the backup, and what
// came of it in figures.
//
// The figures are measured, whatever the scenario expects. Seconds count from the step that sends,
// and from the step whose name is `back`.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sim/live/operators.hpp"
#include "sim/report/outcome.hpp"
#include "sim/scenario/scenario.hpp"

namespace mxlab::sim::live {

struct PeerFigures {
  std::string file, scenario, learn;  // the scenario's name, and what it teaches
  std::string backup, version;
  std::string trouble;                   // why there are no figures; empty: there are
  std::optional<double> taken;           // seconds from the letter to its arrival at the backup
  std::int64_t failures = 0;             // attempts that failed for the time being
  std::int64_t delivered = 0;            // at the primary, all copies
  std::int64_t duplicates = 0;           // of them
  std::int64_t reports = 0;              // in the sender's mailbox
  std::int64_t questions = 0;            // that the backup asked the name server
  std::int64_t left = 0;                 // in the backup's queue at the end
  std::optional<double> drained, story;  // seconds from `back` (else the letter); all of it
  OperatorViews views;                   // of every host
};

/// Plays one with one, in a process and a sandbox of its own; several at a time. In the order of
/// the files, and for each that of the backups.
std::vector<PeerFigures> play_peers(const std::vector<std::string>& files,
                                    const std::vector<scenario::Kind>& backups, std::size_t jobs);

/// A table for each scenario, in Markdown, with the versions.
std::string peers_report(const std::vector<PeerFigures>& figures);

/// For each scenario, in Markdown: what the operators of its hosts see with the first backup, and
/// in what it differs with the others.
std::string operators_report(const std::vector<PeerFigures>& figures);
/// Everywhere the same.
bool operators_agree(const std::vector<PeerFigures>& figures);

}  // namespace mxlab::sim::live
