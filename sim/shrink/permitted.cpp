#include "sim/shrink/permitted.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace mxlab::shrink {
namespace {

template <std::size_t N>
using Words = std::array<std::string_view, N>;

/// What the scenario says of itself, and cannot do without.
constexpr Words<8> kKept{"name", "group", "explain", "learn", "seed", "judge", "hosts", "steps"};
/// What makes life harder in a step, or only tells of it.
constexpr Words<18> kHardships{
    "stop", "kill",   "crash", "restart", "pause", "blackhole", "reject", "prohibit", "unreachable",
    "full", "answer", "slow",  "lie",     "disk",  "clock",     "note",   "explain",  "expect"};
constexpr Words<3> kEasier{"network", "always", "live"};
constexpr Words<6> kPromises{"expect", "when", "always", "never", "live", "learn"};
constexpr Words<10> kFixed{"name", "explain", "group", "within", "stays",
                           "heal", "at",      "since", "is",     "port"};

template <std::size_t N>
bool is_one_of(const Words<N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Nothing but when it is.
bool is_idle(const Tree& step) {
  return step.children.size() == 1 && step.children.front().key == "at";
}

bool makes_easier(const std::vector<std::string>& keys, const Tree& child) {
  if (keys.empty()) return is_one_of(kEasier, child.key);
  if (is_one_of(kEasier, keys.front())) return true;
  if (keys.front() != "steps") return false;
  if (keys.size() == 1) return is_idle(child);
  return is_one_of(kHardships, keys.size() == 2 ? child.key : keys[2]);
}

bool may_go(const std::vector<std::string>& keys, const Tree& child, Rules rules) {
  if (keys.empty() && is_one_of(kKept, child.key)) return false;
  if (keys.empty() && child.key == "heal" && rules.keeps_heal) return false;
  return !rules.only_easier || makes_easier(keys, child);
}

}  // namespace

std::vector<std::size_t> removable(const Tree& tree, const Path& container, Rules rules) {
  std::vector<std::size_t> out;
  const auto keys = keys_of(tree, container);
  const auto& children = at(tree, container).children;
  for (std::size_t i = 0; i < children.size(); ++i)
    if (may_go(keys, children[i], rules)) out.push_back(i);
  return out;
}

bool may_change(const std::vector<std::string>& keys, Rules rules) {
  if (keys.empty() || is_one_of(kFixed, keys.back())) return false;
  if (std::any_of(keys.begin(), keys.end(),
                  [](const std::string& key) { return is_one_of(kPromises, key); }))
    return false;
  return !rules.only_easier || keys.front() == "network";
}

}  // namespace mxlab::shrink
