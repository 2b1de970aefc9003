#include "sim/report/event_text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mxlab::report {
namespace {
using sim::Event;
using sim::EventKind;

std::string wire(const Event& event) {
  return fmt::format("{} -> {}", world::to_string(event.from), world::to_string(event.to));
}

std::string network_text(const Event& event) {
  std::string text = fmt::format("{:<12} {}", to_string(event.kind), wire(event));
  if (event.connection != 0) text += fmt::format(" #{}", event.connection);
  if (event.value != 0) text += fmt::format(" {} bytes", event.value);
  if (!event.text.empty()) text += " " + printable(event.text);
  return text;
}

}  // namespace

std::vector<std::string> names_of(const scenario::Scenario& scenario) {
  std::vector<std::string> names;
  for (const auto& host : scenario.hosts) names.push_back(host.name);
  names.push_back("dns");  // the lab's own name server comes last
  return names;
}

std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (const auto byte = static_cast<unsigned char>(c); byte < 0x20 || byte == 0x7f) c = '?';
  return out;
}

EventText::EventText(std::vector<std::string> hosts, sim::TimePoint start, Paint paint)
    : hosts_(std::move(hosts)), start_(start), paint_(paint) {
  for (const std::string& host : hosts_) width_ = std::max(width_, host.size());
}

std::string EventText::name_of(std::uint32_t host) const {
  return host < hosts_.size() ? hosts_[host] : "";
}

std::string EventText::line(const Event& event) const {
  const auto at = std::chrono::duration<double>(event.at - start_).count();
  return fmt::format("{}  {}  {}", paint_.dim(fmt::format("{:11.3f}s", at)),
                     paint_.cyan(fmt::format("{:<{}}", name_of(event.host), width_)), what(event));
}

std::string EventText::what(const Event& event) const {
  switch (event.kind) {
    case EventKind::kSent:
      return paint_.green("> " + printable(event.text));
    case EventKind::kReceived:
      return paint_.yellow("< " + printable(event.text));
    case EventKind::kStat:
      return paint_.dim(fmt::format("{:<12} {} {:+}", "counter", event.subject, event.value));
    case EventKind::kLog:
      return fmt::format("{:<12} {}", event.subject, printable(event.text));
    case EventKind::kQueue:
      return fmt::format("{:<12} {} {}", "queue", event.subject, printable(event.text));
    case EventKind::kDisk:
      return paint_.dim(
          fmt::format("{:<12} {} {} {}", "disk", event.subject, event.text, event.value));
    case EventKind::kBoot:
    case EventKind::kCrash:
    case EventKind::kKill:
    case EventKind::kStop:
    case EventKind::kFault:
    case EventKind::kNote:
      return paint_.bold(fmt::format("{:<12} {}", to_string(event.kind), printable(event.text)));
    default:
      return network_text(event);
  }
}

}  // namespace mxlab::report
