// study.hpp - many letters, each in a world of its own: what outages of every length cost.
//
// Each letter is drawn by its number alone, so the same letters meet every kind of outage and every
// set of backups, and what differs between two lines of the result is not chance. A letter's world
// draws its own outage (whether the backup is down with the primary), so letters are independent.
#pragma once
#include <string>
#include <vector>

#include "sim/study/fate.hpp"
#include "sim/study/interval.hpp"

namespace mxlab::study {

/// A set of backups with a name: "one backup, 14 d".
struct Plan {
  std::string name;
  Backups backups;
};

struct Question {
  std::vector<Sender> senders;
  Mix mix;
  std::uint64_t seed = 1;
  std::size_t letters = 10'000;  // of each point
  double shared = 0.05;          // the chance of a backup to be down with the primary
};

/// What became of all letters of one point.
struct Count {
  std::size_t letters = 0, bounced = 0, lost = 0;
  std::size_t late = 0, very_late = 0;  // delivered after more than kLate, kVeryLate
  std::size_t noticed = 0, held = 0;
  Duration median_wait{}, most_wait{};  // of the delivered, after recovery: half, 95 of 100
  std::size_t failed() const { return bounced + lost; }
};
inline constexpr Duration kLate = std::chrono::hours(4);
inline constexpr Duration kVeryLate = std::chrono::hours(24);

struct Point {
  Down down = Down::kRefused;
  std::size_t plan = 0;
  Duration length{};
  Count count;
};

/// One sender alone, without a backup, refused.
struct SenderRow {
  std::size_t sender = 0;
  std::vector<Count> counts;  // in the order of sender_lengths()
  bool reaches_backup_of_silent = false;
};

struct Study {
  std::vector<Plan> plans;
  std::vector<Point> points;
  std::vector<SenderRow> senders;
  std::vector<std::pair<double, Count>> shared;  // 60 h, one backup: by the chance to share
  const Count& at(Down down, std::size_t plan, Duration length) const;
};

const std::vector<Down>& kinds();
std::string_view name_of(Down down);
const std::vector<Duration>& lengths();
const std::vector<Duration>& sender_lengths();
/// A weekend: Friday evening to Monday morning.
inline constexpr Duration kWeekend = std::chrono::hours(60);

/// The places of the plans in Study::plans.
enum PlanNumber : std::size_t { kNone, kFour, kSeven, kFourteen, kThirty, kProbing, kTwo };

Study study(const Question& question);

/// All letters of one point.
Count count_letters(const Question& question, const Outage& outage);

}  // namespace mxlab::study
