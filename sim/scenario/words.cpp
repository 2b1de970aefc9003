#include "sim/scenario/words.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace mxlab::scenario {

const char* const kCounterNames[kCounters] = {
    "client.curr",  "client.conn", "client.disc", "envelope.curr", "envelope.enq",
    "envelope.deq", "ok",          "tmpfail",     "prmfail",       "loop",
    "expire",       "remove",      "bounce"};

}  // namespace mxlab::scenario

namespace mxlab::scenario::words {

namespace {

constexpr std::size_t kMaxCompared = 64;  // longer words are not near anything
constexpr std::size_t kMaxListed = 40;    // words named in one hint

bool same_letter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

/// Edits (insert, delete, replace, swap neighbours) that turn one word into the other, ignoring
/// case.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> edits(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) edits[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) edits[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = same_letter(a[i - 1], b[j - 1]) ? 0 : 1;
      std::size_t best =
          std::min({edits[i - 1][j] + 1, edits[i][j - 1] + 1, edits[i - 1][j - 1] + replaced});
      const bool swapped =
          i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]);
      if (swapped) best = std::min(best, edits[i - 2][j - 2] + 1);
      edits[i][j] = best;
    }
  }
  return edits[a.size()][b.size()];
}

}  // namespace

std::size_t index_of(std::string_view word, List list) {
  return static_cast<std::size_t>(std::find(list.begin(), list.end(), word) - list.begin());
}

std::string_view nearest(std::string_view word, List list) {
  if (word.empty() || word.size() > kMaxCompared) return {};
  std::string_view best;
  std::size_t least = 1 + std::max<std::size_t>(1, word.size() / 3);
  for (const auto candidate : list) {
    if (candidate.size() > kMaxCompared) continue;
    const std::size_t edits = distance(word, candidate);
    if (edits >= least) continue;
    least = edits;
    best = candidate;
  }
  return best;
}

std::string suggestion(std::string_view word, List list) {
  std::string hint;
  if (const auto near = nearest(word, list); !near.empty()) {
    hint = fmt::format("did you mean \"{}\"? ", near);
  }
  if (list.empty()) return hint + "nothing is known here";
  const auto listed = list.first(std::min(list.size(), kMaxListed));
  hint += fmt::format("known here: {}", fmt::join(listed, ", "));
  return list.size() > kMaxListed ? hint + ", …" : hint;
}

}  // namespace mxlab::scenario::words
