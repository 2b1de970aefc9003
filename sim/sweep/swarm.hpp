// swarm.hpp - what a world may be made of, as values: how many hosts, how much mail, which faults.
//
// Read from a YAML file by parse_swarm(); draw_world() makes one world of it for each seed. Every
// seed also draws which kinds of fault exist in its world at all (swarm testing, Groce et al.
// 2012): some failures need many faults of one kind and none of another.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace mxlab::sim {

using world::Duration;

/// What can go wrong in a drawn world; in the order of kFaultWords.
enum class Fault {
  kPowerCut,
  kKill,
  kMoment,  // a power cut or a kill at a moment of the relay's own work
  kRestart,
  kStop,
  kPause,
  kDiskError,
  kDiskFull,
  kNoAnswer,
  kRefused,
  kProhibited,
  kUnreachable,
  kOneWay,
  kAnswers,
  kSlow,
  kNames,
  kRecords,
  kClock,
  kOperator,
};
inline constexpr auto kFaultWords = std::to_array<std::string_view>(
    {"power cut", "kill", "moment", "restart", "stop", "pause", "disk error", "disk full",
     "no answer", "refused", "prohibited", "unreachable", "one way", "answers", "slow", "names",
     "records", "clock", "operator"});

struct Range {
  std::uint64_t least = 0, most = 0;
};
struct Span {
  Duration least{}, most{};
};

struct Swarm {
  std::string file, name, explain;
  Range domains{1, 2}, primaries{1, 2}, backups{1, 2}, senders{1, 2};
  std::vector<std::string> profiles{"opensmtpd"};
  Range letters{1, 6}, recipients{1, 3}, size{0, 100 * 1024};
  Span story{std::chrono::minutes(1), std::chrono::days(5)};
  Range faults{1, 10};
  double tls = 0.25, local_mail = 0.25, bad_lines = 0.25;  // shares of worlds
  Duration heal_within = std::chrono::days(12);
  /// How often each kind is chosen in a world in which it exists; a kind that is absent is never.
  std::vector<std::pair<Fault, std::uint64_t>> kinds;
  std::vector<std::string> sometimes;  // what a campaign must have seen (sometimes.hpp)
};

struct SwarmResult {
  std::optional<Swarm> swarm;  // absent when there is any error
  std::vector<scenario::Diagnostic> diagnostics;
};
SwarmResult parse_swarm(const std::string& file_name, const std::string& text);
/// Whether the file describes worlds to be drawn instead of one story.
bool is_swarm(const std::string& text);

}  // namespace mxlab::sim
