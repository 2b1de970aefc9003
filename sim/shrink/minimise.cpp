#include "sim/shrink/minimise.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "sim/scenario/values.hpp"
#include "sim/shrink/edits.hpp"
#include "sim/shrink/permitted.hpp"

namespace mxlab::shrink {
namespace {

constexpr std::uint64_t kOtherSeeds = 6;  // that a cut may fail with when the present does not
constexpr std::uint64_t kFirstSteps = 10'000'000;
constexpr std::uint64_t kLeastSteps = 1'000'000;
constexpr std::uint64_t kTimesTheSteps = 10;     // a smaller story may take so many times the steps
constexpr const char* kLongHeal = "within 20d";  // two lives of four days, and time to spare

/// Configuration files become part of the scenario: it stands for itself, and can be cut, too.
void take_in_configurations(Tree& tree, const std::string& file) {
  Tree* hosts = tree.find("hosts");
  if (hosts == nullptr) return;
  for (Tree& host : hosts->children) {
    Tree* config = host.find("config");
    if (config == nullptr || config->block) continue;
    std::ifstream in(std::filesystem::path(file).parent_path() / config->text);
    std::ostringstream text;
    text << in.rdbuf();
    config->text = text.str();
    config->block = true;
  }
}

Tree without_expectations(Tree tree) {
  std::erase_if(tree.children,
                [](const Tree& child) { return child.key == "always" || child.key == "never"; });
  if (Tree* steps = tree.find("steps"))
    for (Tree& step : steps->children)
      std::erase_if(step.children, [&](const Tree& child) {
        const bool patience = child.key == "within" || child.key == "stays" || child.key == "since";
        return child.key == "expect" || (patience && step.find("when") == nullptr);
      });
  tree.set("judge", "invariants");
  return tree;
}

class Minimiser {
 public:
  Minimiser(const std::string& file, const std::string& text, const MinimiseOptions& options)
      : file_(file),
        options_(options),
        trials_(file, options.jobs),
        end_(std::chrono::steady_clock::now() + options.time),
        tree_(scenario::read_tree(text).value()) {
    take_in_configurations(tree_, file);
    const auto parsed = scenario::parse(file, text);
    seed_ = options.seed.value_or(parsed.scenario->seed);
    std::erase_if(tree_.children, [](const Tree& child) { return child.key == "seed"; });
  }

  Minimised run() {
    if (!look_at_the_original()) return {};
    prepare();
    shrink();
    seeds_ = kOtherSeeds;  // chance follows the story: another seed may do where this one does not
    shrink();
    return result();
  }

 private:
  bool look_at_the_original() {
    trials_.limit_steps(kFirstSteps);
    const Finding finding = trials_.play(write_tree(tree_), seed_);
    if (finding.failures.empty()) return false;
    target_ = finding.failures.front();  // those of every run come first
    may_fail_ = finding.failures;
    trials_.limit_steps(
        std::min(kFirstSteps, std::max(kLeastSteps, finding.steps * kTimesTheSteps)));
    return true;
  }

  void prepare() {
    if (!target_.invariant) return;
    if (target_.kind.find("has not drained") != std::string::npos) {
      // A cut can make mail that has nowhere to go, and that lives for days: this is no fault.
      keeps_heal_ = true;
      Tree patient = tree_;
      patient.set("heal", kLongHeal);
      offer({patient});
    }
    offer({without_expectations(tree_)});
  }

  /// Until a whole round finds nothing more.
  void shrink() {
    Tree before;
    do {
      before = tree_;
      ++round_;
      cut_containers();
      cut_texts();
      simplify_values();
      shorten_waits();
      tidy_up();
    } while (!(tree_ == before) && !is_late());
  }

  // --- the passes --------------------------------------------------------------------------------

  /// From the outside in: what a cut takes away lies behind it in this order.
  void cut_containers() {
    for (std::size_t i = 0; i < containers(tree_).size() && !is_late(); ++i) {
      const Path path = containers(tree_)[i];
      cut_pieces([&] { return removable(tree_, path, rules()).size(); },
                 [&](Cut cut) {
                   auto gone = removable(tree_, path, rules());
                   gone.erase(gone.begin() + static_cast<std::ptrdiff_t>(cut.from + cut.count),
                              gone.end());
                   gone.erase(gone.begin(), gone.begin() + static_cast<std::ptrdiff_t>(cut.from));
                   return without_children(tree_, path, gone);
                 });
    }
    say("cut");
  }

  void cut_texts() {
    for (const Path& path : texts(tree_)) {
      if (lines_of(at(tree_, path)) < 2 || !may_change(keys_of(tree_, path), rules())) continue;
      cut_pieces([&] { return lines_of(at(tree_, path)); },
                 [&](Cut cut) { return without_lines(tree_, path, cut); });
    }
    say("lines");
  }

  void simplify_values() {
    for (const Path& path : texts(tree_))
      if (may_change(keys_of(tree_, path), rules())) offer(with_simpler_value(tree_, path));
    say("values");
  }

  void shorten_waits() {
    if (!target_.invariant) return;
    for (std::size_t step = 0; step < tree_.find("steps")->children.size(); ++step)
      offer(with_shorter_wait(tree_, step));
    say("times");
  }

  void tidy_up() {
    for (std::size_t i = 0; i < containers(tree_).size(); ++i)
      if (auto simpler = with_unwrapped(tree_, containers(tree_)[i])) offer({*simpler});
    for (std::size_t step = tree_.find("steps")->children.size(); step-- > 1;)
      if (auto merged = with_merged_step(tree_, step)) offer({*merged});
    say("tidy");
  }

  /// Pieces of half the whole, of a quarter, …, of one; whatever can go is gone.
  void cut_pieces(const std::function<std::size_t()>& size, const std::function<Tree(Cut)>& cut) {
    for (std::size_t piece = size(); piece > 0; piece /= 2)
      for (std::size_t from = 0; from < size() && !is_late();) {
        std::vector<Tree> candidates;
        for (std::size_t begin = from; begin < size(); begin += piece)
          candidates.push_back(cut({begin, std::min(piece, size() - begin)}));
        const auto taken = offer(candidates);
        if (!taken) break;
        from += *taken * piece;
      }
  }

  // --- candidates --------------------------------------------------------------------------------

  /// The first of them that still fails as wanted becomes the present story.
  std::optional<std::size_t> offer(const std::vector<Tree>& candidates) {
    std::vector<std::string> written;
    for (const Tree& candidate : candidates) written.push_back(write_tree(candidate));
    std::vector<Trial> trials;
    std::vector<std::size_t> numbers;
    for (std::uint64_t seed = 0; seed <= seeds_; ++seed)
      for (std::size_t i = 0; i < written.size(); ++i) {
        const Trial trial{&written[i], seed == 0 ? seed_ : seed};
        if (failed_before_.contains({*trial.text, trial.seed})) continue;
        trials.push_back(trial);
        numbers.push_back(i);
      }
    std::vector<Failed> failures;
    const auto hit = is_late() ? std::nullopt : trials_.first(trials, [&](const Finding& finding) {
      failures = finding.failures;
      return is_wanted(finding);
    });
    for (std::size_t i = 0; i < hit.value_or(trials.size()) && !is_late(); ++i)
      failed_before_.insert({*trials[i].text, trials[i].seed});
    if (!hit) return std::nullopt;
    may_fail_ = std::move(failures);
    seed_ = trials[*hit].seed;
    tree_ = candidates[numbers[*hit]];
    return numbers[*hit];
  }

  /// It fails as wanted, and in no way in which it has not failed so far.
  bool is_wanted(const Finding& finding) const {
    if (finding.find(target_) == nullptr) return false;
    return std::ranges::all_of(finding.failures, [this](const Failed& failed) {
      return std::ranges::any_of(may_fail_,
                                 [&](const Failed& so_far) { return so_far.is_like(failed); });
    });
  }

  Rules rules() const { return {!target_.invariant, keeps_heal_}; }
  bool is_late() const { return std::chrono::steady_clock::now() >= end_; }

  void say(const char* pass) const {
    const Tree* hosts = tree_.find("hosts");
    const std::string text = write_tree(tree_);
    options_.progress(fmt::format(
        "round {}, {:<6}  {} steps, {} hosts, {} lines; {} stories played", round_, pass,
        tree_.find("steps")->children.size(), hosts == nullptr ? 0 : hosts->children.size(),
        std::count(text.begin(), text.end(), '\n'), trials_.played()));
  }

  /// A scenario that need not say its seed is shorter by a line.
  void try_the_usual_seed() {
    const std::string text = write_tree(tree_);
    const std::uint64_t usual = scenario::Scenario().seed;
    if (!is_late() && is_wanted(trials_.play(text, usual))) seed_ = usual;
  }

  Minimised result() {
    try_the_usual_seed();
    const Finding finding = trials_.play(write_tree(tree_), seed_);
    Minimised out;
    out.failure = *finding.find(target_);
    out.seed = seed_;
    out.steps = tree_.find("steps")->children.size();
    out.played = trials_.played();
    out.complete = !is_late();
    if (seed_ != scenario::Scenario().seed) insert_seed();
    out.text = write_tree(tree_);
    return out;
  }

  /// Behind what the scenario says of itself.
  void insert_seed() {
    auto& children = tree_.children;
    const auto first = std::find_if(children.begin(), children.end(), [](const Tree& child) {
      return child.key != "name" && child.key != "group" && child.key != "explain" &&
             child.key != "learn";
    });
    Tree seed;
    seed.kind = Tree::Kind::kText;
    seed.key = "seed";
    seed.text = std::to_string(seed_);
    children.insert(first, std::move(seed));
  }

  const std::string file_;
  const MinimiseOptions& options_;
  Trials trials_;
  const std::chrono::steady_clock::time_point end_;
  Tree tree_;               // fails as wanted,
  std::uint64_t seed_ = 0;  // with this seed
  Failed target_;
  std::vector<Failed> may_fail_;  // beside what is wanted
  bool keeps_heal_ = false;
  std::uint64_t seeds_ = 0;
  std::size_t round_ = 0;
  std::set<std::pair<std::string, std::uint64_t>> failed_before_;  // to fail
};

}  // namespace

Minimised minimise(const std::string& file, const std::string& text,
                   const MinimiseOptions& options) {
  return Minimiser(file, text, options).run();
}

}  // namespace mxlab::shrink
