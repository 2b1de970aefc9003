#include "sim/judge/times.hpp"

#include <fmt/format.h>

namespace mxlab::sim {

std::string seconds_text(world::Duration span) {
  auto milliseconds = std::chrono::round<std::chrono::milliseconds>(span).count();
  std::string text = fmt::format("{:.3f}", static_cast<double>(milliseconds) / 1000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + "s";
}

std::string times_text(const std::vector<world::Duration>& times) {
  if (times.empty()) return "none";
  std::string text;
  for (world::Duration time : times) text += (text.empty() ? "" : ", ") + seconds_text(time);
  return text;
}

std::string columns_text(const control::Columns& columns) {
  std::string text;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i == 3 || i == 6 || i == 10) text += " |";
    text += (i == 0 ? "" : " ") + std::to_string(columns[i]);
  }
  return text;
}

}  // namespace mxlab::sim
