// invariants.hpp - what must hold in every run, whatever the scenario expects.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "sim/run/stage.hpp"

namespace mxlab::sim {

/// Watches a stage from its beginning to its end.
class Invariants {
 public:
  explicit Invariants(Stage& stage);
  /// Nothing acknowledged is lost, nothing is delivered twice without an excuse, and a queue that
  /// is said to be empty is empty.
  void audit();
  /// No relay has ended by itself.
  void check_relays();
  /// One sentence for each promise that has been broken so far.
  const std::vector<std::string>& broken() const { return broken_; }
  void add(std::string sentence);

 private:
  void read(const Event& event);
  void check_connection(const scenario::HostSpec& relay, const Event& event);
  void check_expiry(const scenario::HostSpec& relay, const Event& event);
  bool may_use(const scenario::HostSpec& relay, const scenario::HostSpec& target) const;

  Stage& stage_;
  /// How long each relay keeps mail at least; nothing where a scenario sets its clock.
  std::map<std::string, Duration> lifetimes_;
  std::vector<std::string> broken_;
};

}  // namespace mxlab::sim
