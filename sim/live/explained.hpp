// explained.hpp - the differences that a comparison found, held against those that the scenario
// explains (live: {differs: …}).
//
// Explanations must earn their place: those of a host where nothing differs are idle, so that none
// outlives its cause and hides the next fault. Those of one host have one cause, and chance decides
// in which of them it shows.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/live/transcript.hpp"

namespace mxlab::sim::live {

/// host -> aspect -> why
using Reasons = std::map<std::string, std::map<std::string, std::string>>;

class Explained {
 public:
  explicit Explained(Reasons reasons) : reasons_(std::move(reasons)) {}

  /// What one comparison found.
  void see(const std::vector<Difference>& found);

  /// Everything that was found is explained.
  bool covers_all() const { return unexplained_.empty(); }
  /// A sentence for each host that is explained in vain.
  std::vector<std::string> idle() const;
  /// A sentence for each difference with its explanation.
  std::vector<std::string> excuses() const;
  /// All that was found in full, the unexplained first.
  std::string text() const;

 private:
  const std::string* reason_for(const std::string& host, const std::string& aspect) const;

  Reasons reasons_;
  std::vector<Difference> unexplained_, explained_;
  std::set<std::pair<std::string, std::string>> used_;  // host, aspect
};

}  // namespace mxlab::sim::live
