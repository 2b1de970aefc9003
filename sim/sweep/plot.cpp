#include "sim/sweep/plot.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>

#include "sim/scenario/values.hpp"
#include "sim/sweep/faults.hpp"

namespace mxlab::sim {
namespace {
using namespace std::chrono_literals;

constexpr Duration kFirstMoment = 1s;  // everybody has booted

class Plot {
 public:
  Plot(const Cast& cast, const Swarm& swarm, Chance& chance)
      : cast_(cast),
        swarm_(swarm),
        chance_(chance),
        length_(chance.magnitude(swarm.story.least, swarm.story.most)) {}

  std::string draw() {
    draw_unknown_users();
    draw_outage();
    draw_letters();
    draw_faults();
    return text();
  }

 private:
  /// Most things happen during the outage, when there is mail to be hurt, and early.
  Duration moment() {
    const Duration span = outage_ && !chance_.one_in(4) ? *outage_ : length_;
    return kFirstMoment + chance_.magnitude(1s, std::max<Duration>(span, 2s)) - 1s;
  }

  /// What a backup is for: nobody reaches any primary of a domain. In most worlds.
  void draw_outage() {
    if (chance_.one_in(4)) return;
    const Domain& domain = chance_.of(cast_.domains);
    outage_ = chance_.magnitude(10s, std::max<Duration>(length_, 20s));
    const auto begin = chance_.one_in(4) ? moment() : kFirstMoment;
    for (const std::string& primary : domain.primaries) {
      const DrawnFault fault = faults::draw_outage(primary, cast_, chance_);
      if (!fault.machine.empty() && !reserve(fault.machine, {begin, begin + *outage_})) continue;
      moments_.push_back({begin, fault.begin});
      moments_.push_back({begin + *outage_, fault.end});
    }
  }

  void draw_unknown_users() {
    if (!chance_.one_in(2)) return;
    for (const Domain& domain : cast_.domains)
      for (const std::string& primary : domain.primaries)
        moments_.push_back({0s, fmt::format("answer: {{{}: {{rcpt nobody@{}: \"550 5.1.1 no such "
                                            "user\"}}}}",
                                            primary, domain.name)});
  }

  void draw_letters() {
    const std::uint64_t letters = chance_.from(swarm_.letters);
    for (std::uint64_t i = 0; i < letters; ++i) moments_.push_back({moment(), letter()});
  }

  std::string letter() {
    const bool local = cast_.local_mail && chance_.one_in(4);
    const std::string via = chance_.of(local ? cast_.backups : cast_.senders);
    // Reports go to where the writer is known, except where they are not.
    std::string from =
        "writer@" + home_of(local || chance_.one_in(6) ? chance_.of(cast_.senders) : via);
    if (chance_.one_in(8)) from = "<>";
    std::string text = fmt::format("send: {{via: {}, from: {}, to: [{}]", via, from, recipients());
    if (const std::uint64_t size = draw_size(); size > 0) text += fmt::format(", size: {}", size);
    if (chance_.one_in(6))
      text += fmt::format(", count: {}, every: {}", 2 + chance_.below(9),
                          chance_.of(std::vector{"10ms", "1s", "1m"}));
    return text + "}";
  }

  std::string recipients() {
    std::string text;
    const std::uint64_t recipients = chance_.from(swarm_.recipients);
    bool nobody = false;  // at most once: who is named twice gets two copies
    for (std::uint64_t i = 0; i < recipients; ++i) {
      const bool unknown = !nobody && chance_.one_in(8);
      nobody |= unknown;
      const std::string user = unknown ? "nobody" : fmt::format("reader{}", i);
      text += fmt::format("{}{}@{}", i == 0 ? "" : ", ", user, chance_.of(cast_.domains).name);
    }
    return text;
  }

  std::uint64_t draw_size() { return chance_.one_in(3) ? chance_.from(swarm_.size) : 0; }

  void draw_faults() {
    const auto kinds = kinds_of_this_world();
    if (kinds.empty()) return;
    const std::uint64_t faults = chance_.from(swarm_.faults);
    for (std::uint64_t i = 0; i < faults; ++i) draw_fault(chance_.of(kinds));
  }

  /// Each kind as often as its weight says, or not at all: half of them exist in a world.
  std::vector<Fault> kinds_of_this_world() {
    std::vector<Fault> kinds;
    for (const auto& [kind, weight] : swarm_.kinds)
      if (chance_.one_in(2)) kinds.insert(kinds.end(), weight, kind);
    return kinds;
  }

  void draw_fault(Fault kind) {
    const Duration begin = moment();
    const Duration end = begin + chance_.magnitude(1s, std::max<Duration>(length_ / 2, 2s));
    const DrawnFault fault = faults::draw(kind, cast_, chance_);
    if (fault.begin.empty()) return;
    if (!fault.machine.empty() && !reserve(fault.machine, {begin, end})) return;
    moments_.push_back({begin, fault.begin});
    if (!fault.end.empty()) moments_.push_back({end, fault.end});
  }

  /// False when something else goes on with that machine then.
  bool reserve(const std::string& machine, Span when) {
    auto& busy = busy_[machine];
    const bool free = std::none_of(busy.begin(), busy.end(), [&](const Span& span) {
      return when.least <= span.most && span.least <= when.most;
    });
    if (free) busy.push_back(when);
    return free;
  }

  std::string text() {
    std::stable_sort(moments_.begin(), moments_.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
    std::string text = "\nsteps:\n";
    for (const Moment& moment : moments_)
      text +=
          fmt::format("  - at: {}\n    {}\n",
                      scenario::to_text(std::chrono::floor<std::chrono::milliseconds>(moment.at)),
                      moment.action);
    return text;
  }

  struct Moment {
    Duration at;
    std::string action;
  };

  const Cast& cast_;
  const Swarm& swarm_;
  Chance& chance_;
  const Duration length_;
  std::optional<Duration> outage_;  // how long it is
  std::vector<Moment> moments_;
  std::map<std::string, std::vector<Span>> busy_;
};

}  // namespace

std::string plot_text(const Cast& cast, const Swarm& swarm, Chance& chance) {
  return Plot(cast, swarm, chance).draw();
}

}  // namespace mxlab::sim
