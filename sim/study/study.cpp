#include "sim/study/study.hpp"

#include <algorithm>
#include <stdexcept>

namespace mxlab::study {
namespace {
using namespace std::chrono_literals;
using std::chrono::days;

constexpr Duration kProbe = 5min;

std::vector<Plan> plans(double shared) {
  return {{"no backup", {}},
          {"one backup, 4 d", {1, days(4), {}, shared}},
          {"one backup, 7 d", {1, days(7), {}, shared}},
          {"one backup, 14 d", {1, days(14), {}, shared}},
          {"one backup, 30 d", {1, days(30), {}, shared}},
          {"one backup, 14 d, probing", {1, days(14), kProbe, shared}},
          {"two backups, 14 d", {2, days(14), {}, shared}}};
}

std::size_t draw_sender(const Mix& mix, sim::Rng& chance) {
  constexpr std::uint64_t kGrain = 1'000'000'000;
  double at = static_cast<double>(chance.below(kGrain)) / static_cast<double>(kGrain);
  for (const Share& share : mix.shares) {
    if (at < share.part) return share.sender;
    at -= share.part;
  }
  return mix.shares.back().sender;  // the parts' rounding
}

/// The n-th letter of every point: its draws hang on the seed and on n, on nothing else.
struct Drawn {
  std::size_t sender = 0;
  Letter letter;
};
Drawn draw(const Question& question, Duration length, std::size_t number) {
  Drawn drawn;
  sim::Rng chance = sim::Rng::derived(question.seed, number + 1);
  drawn.sender = draw_sender(question.mix, chance);
  constexpr std::uint64_t kGrain = 1 << 20;
  drawn.letter.sent =
      length / static_cast<std::int64_t>(kGrain) * static_cast<std::int64_t>(chance.below(kGrain));
  drawn.letter.null_sender = chance.chance(question.mix.null_senders);
  drawn.letter.chance = sim::Rng(chance.next());
  return drawn;
}

Duration quantile(const std::vector<Duration>& sorted, std::size_t hundredths) {
  if (sorted.empty()) return {};
  return sorted[std::min(sorted.size() - 1, sorted.size() * hundredths / 100)];
}

std::vector<SenderRow> sender_rows(const Question& question) {
  std::vector<SenderRow> rows;
  for (std::size_t i = 0; i < question.senders.size(); ++i) {
    Question alone = question;
    alone.mix.shares = {{i, 1.0}};
    SenderRow row{i, {}, question.senders[i].leaves_silent_host};
    for (Duration length : sender_lengths())
      row.counts.push_back(count_letters(alone, {Down::kRefused, length, {}}));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

const std::vector<Down>& kinds() {
  static const std::vector<Down> kinds{Down::kRefused, Down::kDropped, Down::kSilent,
                                       Down::kNameless};
  return kinds;
}

std::string_view name_of(Down down) {
  switch (down) {
    case Down::kRefused:
      return "refused";
    case Down::kDropped:
      return "dropped";
    case Down::kSilent:
      return "silent";
    case Down::kNameless:
      break;
  }
  return "no DNS";
}

const std::vector<Duration>& lengths() {
  static const std::vector<Duration> lengths{15min,   30min,   1h,       2h,      4h,  8h,
                                             12h,     18h,     24h,      36h,     60h, days(4),
                                             days(5), days(7), days(10), days(14)};
  return lengths;
}

const std::vector<Duration>& sender_lengths() {
  static const std::vector<Duration> lengths{4h, 12h, 24h, kWeekend, days(5), days(14)};
  return lengths;
}

const Count& Study::at(Down down, std::size_t plan, Duration length) const {
  for (const Point& point : points)
    if (point.down == down && point.plan == plan && point.length == length) return point.count;
  throw std::logic_error("the study has no such point");
}

Count count_letters(const Question& question, const Outage& outage) {
  Count count;
  count.letters = question.letters;
  std::vector<Duration> waits;
  waits.reserve(question.letters);
  for (std::size_t i = 0; i < question.letters; ++i) {
    Drawn drawn = draw(question, outage.length, i);
    const TimePoint sent{drawn.letter.sent};
    const Fate fate = fate_of(question.senders[drawn.sender], outage, std::move(drawn.letter));
    count.noticed += fate.noticed;
    count.held += fate.held;
    count.bounced += fate.end == End::kBounced;
    count.lost += fate.end == End::kLost;
    if (fate.end != End::kDelivered) continue;
    count.late += fate.at - sent > kLate;
    count.very_late += fate.at - sent > kVeryLate;
    waits.push_back(std::max(Duration::zero(), fate.at - TimePoint{outage.length}));
  }
  std::sort(waits.begin(), waits.end());
  count.median_wait = quantile(waits, 50);
  count.most_wait = quantile(waits, 95);
  return count;
}

Study study(const Question& question) {
  Study study;
  study.plans = plans(question.shared);
  for (Down down : kinds())
    for (std::size_t plan = 0; plan < study.plans.size(); ++plan)
      for (Duration length : lengths())
        study.points.push_back(
            {down, plan, length,
             count_letters(question, {down, length, study.plans[plan].backups})});
  study.senders = sender_rows(question);
  for (double shared : {0.0, 0.05, 0.2, 0.5, 1.0}) {
    Backups backups = study.plans[kFourteen].backups;
    backups.shared = shared;
    study.shared.emplace_back(shared, count_letters(question, {Down::kRefused, kWeekend, backups}));
  }
  return study;
}

}  // namespace mxlab::study
