// interval.hpp - how far a share that was counted may be from the true one.
#pragma once
#include <cstddef>

namespace mxlab::study {

struct Interval {
  double share = 0, low = 0, high = 0;  // 0 … 1
};

/// Wilson's score interval, 95 %: it holds near 0 and 1 too, where the normal one leaves the range
/// or shrinks to nothing, and most shares here are near 0 or 1. (Wilson, JASA 22, 1927.)
Interval wilson(std::size_t hits, std::size_t of);

}  // namespace mxlab::study
