#include "sim/actors/manners.hpp"

#include <array>

namespace mxlab::sim {
namespace {
constexpr std::array<const char*, 8> kPoints{"connect", "ehlo", "helo", "starttls",
                                             "mail",    "rcpt", "data", "dot"};
}

void Manners::set_answer(const std::string& at, const std::string& reply,
                         const std::string& recipient) {
  if (at.empty()) {
    for (const char* point : kPoints) set_answer(point, reply, recipient);
    return;
  }
  auto& answers = answers_[at];
  if (reply != "normal")
    answers[recipient] = reply;
  else if (recipient.empty())
    answers.clear();
  else
    answers.erase(recipient);
}

std::string Manners::answer(std::string_view at, const std::string& recipient) const {
  auto point = answers_.find(at);
  if (point == answers_.end()) return "";
  const auto& answers = point->second;
  auto exact = answers.find(recipient);
  if (exact == answers.end()) exact = answers.find("");
  return exact == answers.end() ? "" : exact->second;
}

}  // namespace mxlab::sim
