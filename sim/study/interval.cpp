#include "sim/study/interval.hpp"

#include <algorithm>
#include <cmath>

namespace mxlab::study {

Interval wilson(std::size_t hits, std::size_t of) {
  if (of == 0) return {0, 0, 1};
  constexpr double z = 1.959964;  // 95 %, both sides
  const double n = static_cast<double>(of), share = static_cast<double>(hits) / n;
  const double scale = 1 + z * z / n;
  const double middle = (share + z * z / (2 * n)) / scale;
  const double half = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale;
  Interval interval{share, std::max(0.0, middle - half), std::min(1.0, middle + half)};
  if (hits == 0) interval.low = 0;  // exactly, whatever the rounding
  if (hits == of) interval.high = 1;
  return interval;
}

}  // namespace mxlab::study
