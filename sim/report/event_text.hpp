// event_text.hpp - events of a trace as lines for people: when, where, what.
#pragma once
#include <string>
#include <vector>

#include "sim/report/paint.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/world/trace.hpp"

namespace mxlab::report {

/// Writes the events of one scenario.
class EventText {
 public:
  /// Host names in the order of their indexes.
  EventText(std::vector<std::string> hosts, sim::TimePoint start, Paint paint);

  /// "   310.112s  mx2.example.org    > MAIL FROM:<…>" without a line end.
  std::string line(const sim::Event& event) const;

 private:
  std::string what(const sim::Event& event) const;
  std::string name_of(std::uint32_t host) const;

  std::vector<std::string> hosts_;
  sim::TimePoint start_;
  Paint paint_;
  std::size_t width_ = 0;
};

/// Of the scenario's machines, in the order of their indexes.
std::vector<std::string> names_of(const scenario::Scenario& scenario);

/// Bytes that a terminal might obey become "?".
std::string printable(std::string_view text);

}  // namespace mxlab::report
