// chart.hpp - curves over the length of an outage, as the text of an SVG file.
//
// Without a background and in middle tones, so that it can be read on white and on black; each
// curve has a colour of the Okabe-Ito palette, a dash and a mark of its own, so that colour is
// never all that tells curves apart.
#pragma once
#include <string>
#include <vector>

#include "relay/world/time.hpp"

namespace mxlab::study {

/// One value of a curve with its band; low and high equal it where there is none.
struct Spot {
  world::Duration at{};
  double value = 0, low = 0, high = 0;
};

struct Curve {
  std::string name;
  std::vector<Spot> spots;
};

struct Chart {
  std::string title, under_title;
  std::string what;  // the upright axis, with its unit
  double most = 100, step = 20;
  std::vector<Curve> curves;  // at most six
};

/// The axis of time is logarithmic, from 15 minutes to 14 days.
std::string svg_of(const Chart& chart);

}  // namespace mxlab::study
