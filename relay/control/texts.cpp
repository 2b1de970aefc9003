#include "relay/control/texts.hpp"

#include <fmt/format.h>

namespace mxlab::control {

std::string monitor_header() {
  return "--- client ---  -- envelope --   ---- relay/delivery --- ------- misc -------\n"
         "curr conn disc  curr  enq  deq   ok tmpfail prmfail loop expire remove bounce\n";
}

std::string monitor_row(const Columns& columns) {
  // The blanks after columns 1 to 12, as smtpctl's do_monitor prints them.
  static constexpr std::array<int, 13> kGaps{1, 1, 2, 1, 1, 1, 4, 4, 1, 3, 3, 3, 0};
  std::string row;
  for (std::size_t i = 0; i < columns.size(); ++i)
    row += fmt::format("{:4}{:{}}", columns[i], "", kGaps[i]);
  return row + "\n";
}

std::string visible(const std::string& text) {
  std::string shown;
  for (char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (control) shown += "\\^";
    shown += control ? static_cast<char>(c ^ 0x40) : c;
  }
  return shown;
}

std::string queue_row(const QueueRow& row) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}|{}", row.envelope_id, row.source,
                     row.kind, row.flags, row.sender.empty() ? "@" : visible(row.sender),
                     visible(row.recipient), visible(row.destination), row.creation, row.expiration,
                     row.last_try, row.retry, row.state,
                     row.seconds ? std::to_string(*row.seconds) : "", visible(row.error));
}

std::string duration_text(world::Duration span) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span).count();
  if (seconds <= 0) return "0s";
  std::string text;
  auto part = [&](std::int64_t size, char unit) {
    if (seconds >= size) text += fmt::format("{}{}", seconds / size, unit);
    seconds %= size;
  };
  part(86400, 'd');
  part(3600, 'h');
  part(60, 'm');
  part(1, 's');
  return text;
}

std::string stats_text(const std::map<std::string, std::int64_t, std::less<>>& values,
                       world::Duration uptime) {
  auto all = values;
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(uptime).count();
  all["uptime"] = seconds;
  std::string text;
  for (const auto& [key, value] : all) {
    text += fmt::format("{}={}\n", key, value);
    if (key == "uptime") text += fmt::format("uptime.human={}\n", duration_text(uptime));
  }
  return text;
}

}  // namespace mxlab::control
