// What operators see, in Markdown.
#include <algorithm>
#include <fmt/format.h>
#include <functional>

#include "sim/live/peers.hpp"

namespace mxlab::sim::live {
namespace {

constexpr const char* kHead =
    "# What operators see, whatever the backup is\n\n"
    "The same story with each backup, on real wires, in real time; sender and primary are real "
    "OpenSMTPD. For each host the rows of `smtpctl monitor` (client curr conn disc | envelope curr "
    "enq deq | ok tmpfail prmfail loop | expire remove bounce), then those of `smtpctl show queue` "
    "at the story's steps. A busy machine cuts what belongs together into one row or two; here it "
    "is one row, and the quiet rows after it are counted. Looks at a queue within three seconds of "
    "a change are left out; dates are seconds after the envelope's creation. Rows are the same "
    "when "
    "nothing but three seconds is between them. `scripts/reports --live` plays it again and writes "
    "this page.\n";

OperatorView view_of(const PeerFigures& figures, const std::string& host) {
  const auto at = figures.views.find(host);
  return at == figures.views.end() ? OperatorView() : at->second;
}

using Each = std::function<void(const PeerFigures& first, const PeerFigures& other)>;

/// Every play beside the first one of its scenario.
void for_each_pair(const std::vector<PeerFigures>& figures, const Each& each) {
  const PeerFigures* first = nullptr;
  for (const PeerFigures& play : figures) {
    if (first == nullptr || first->file != play.file) first = &play;
    each(*first, play);
  }
}

std::string named(const PeerFigures& play) { return play.backup + " " + play.version; }

std::string first_section(const PeerFigures& play) {
  std::string text = fmt::format("\n## {}\n\n`{}`\n", play.scenario, play.file);
  for (const auto& [host, view] : play.views)
    text += fmt::format("\n{}, where the backup is {}:\n\n```\n{}```\n", host, named(play),
                        text_of(view));
  return text;
}

std::string other_section(const PeerFigures& first, const PeerFigures& other) {
  std::string text = fmt::format("\nWhere the backup is {}:\n\n", named(other));
  for (const auto& [host, view] : first.views) {
    const auto found = differences(view, view_of(other, host));
    text += fmt::format("- {}: {}\n", host, found.empty() ? "the same rows" : "different rows");
    for (const std::string& line : found) text += "      " + line + "\n";
  }
  return text;
}

}  // namespace

std::string operators_report(const std::vector<PeerFigures>& figures) {
  std::string text = kHead;
  for_each_pair(figures, [&](const PeerFigures& first, const PeerFigures& play) {
    if (!play.trouble.empty())
      text +=
          fmt::format("\n{} with {} was not played: {}\n", play.file, play.backup, play.trouble);
    else
      text += &first == &play ? first_section(play) : other_section(first, play);
  });
  return text;
}

bool operators_agree(const std::vector<PeerFigures>& figures) {
  bool agree = true;
  for_each_pair(figures, [&](const PeerFigures& first, const PeerFigures& play) {
    for (const auto& [host, view] : first.views)
      agree = agree && differences(view, view_of(play, host)).empty();
  });
  return agree;
}

}  // namespace mxlab::sim::live
