#include "sim/live/explained.hpp"

#include <fmt/format.h>

namespace mxlab::sim::live {

const std::string* Explained::reason_for(const std::string& host, const std::string& aspect) const {
  const auto of_host = reasons_.find(host);
  if (of_host == reasons_.end()) return nullptr;
  const auto why = of_host->second.find(aspect);
  return why == of_host->second.end() ? nullptr : &why->second;
}

void Explained::see(const std::vector<Difference>& found) {
  for (const Difference& difference : found) {
    const bool known = reason_for(difference.host, difference.aspect) != nullptr;
    (known ? explained_ : unexplained_).push_back(difference);
    if (known) used_.emplace(difference.host, difference.aspect);
  }
}

std::vector<std::string> Explained::idle() const {
  std::vector<std::string> out;
  for (const auto& [host, aspects] : reasons_) {
    const auto first = used_.lower_bound({host, {}});
    if (first == used_.end() || first->first != host)
      out.push_back(
          fmt::format("{}: nothing differs, yet live: {{differs: …}} says why it would", host));
  }
  return out;
}

std::vector<std::string> Explained::excuses() const {
  std::vector<std::string> out;
  for (const auto& [host, aspect] : used_)
    out.push_back(fmt::format("{}: {} differ: {}", host, aspect, *reason_for(host, aspect)));
  return out;
}

std::string Explained::text() const {
  std::string out;
  for (const auto* list : {&unexplained_, &explained_})
    for (const Difference& difference : *list) out += difference.text;
  return out;
}

}  // namespace mxlab::sim::live
