// transcript.hpp - what a run shows from outside, normalised so that a simulated and a live one can
// be laid side by side: counters, SMTP dialogues, DNS questions of every host.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/run/stage.hpp"

namespace mxlab::sim::live {

struct HostTranscript {
  std::map<std::string, std::int64_t> counters;   // the thirteen
  std::map<std::string, std::int64_t> questions;  // "example.org MX"
  /// Each session's lines, "> " ours and "< " the peer's, without what chance decides; sessions in
  /// order of their lines.
  std::vector<std::vector<std::string>> sessions;
};
using Transcript = std::map<std::string, HostTranscript>;  // by host

/// Writes down what happens on a stage, from now on.
class Transcriber {
 public:
  explicit Transcriber(Stage& stage);
  /// As it stands now.
  Transcript transcript() const;

 private:
  Stage& stage_;
  std::vector<std::map<std::string, std::vector<std::string>>> lines_;  // host, session
};

/// The line without ids, stamps, sizes and ports.
std::string normalised(const std::string& line);

nlohmann::ordered_json to_json(const Transcript& transcript);
/// The opposite. Throws nlohmann::json::exception.
Transcript transcript_of(const nlohmann::ordered_json& json);

struct Difference {
  std::string host;
  std::string aspect;  // one of scenario::words::kAspects
  std::string text;    // of some lines, with the host in it
};
/// What differs; nothing when they are equal.
std::vector<Difference> differences(const Transcript& simulated, const Transcript& live);

/// "3 hosts, 4 sessions of 61 lines, 7 DNS questions": how much a comparison is worth.
std::string extent_of(const Transcript& transcript);

}  // namespace mxlab::sim::live
