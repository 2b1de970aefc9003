#include "sim/actors/manners.hpp"

#include <algorithm>
#include <array>

namespace mxlab::sim {
namespace {
constexpr std::array<const char*, 8> kPoints{"connect", "ehlo", "helo", "starttls",
                                             "mail",    "rcpt", "data", "dot"};
}

void Manners::set_answer(const std::string& at, const std::string& reply,
                         const std::string& recipient, const AnswerLimit& limit) {
  if (at.empty()) {
    for (const char* point : kPoints) set_answer(point, reply, recipient, limit);
    return;
  }
  auto& answers = answers_[at];
  if (reply != "normal")
    answers[recipient] = {reply, limit};
  else if (recipient.empty())
    answers.clear();
  else
    answers[recipient] = {};
}

bool Manners::Rule::applies(Now now) const {
  if (limit.times > 0 && given >= limit.times) return false;
  if (limit.beyond == 0) return true;
  const auto recent =
      std::count_if(passed.begin(), passed.end(), [&](Now at) { return at > now - limit.within; });
  return static_cast<std::uint32_t>(recent) >= limit.beyond;
}

Manners::Rule* Manners::rule(std::string_view at, const std::string& recipient) {
  auto point = answers_.find(at);
  if (point == answers_.end()) return nullptr;
  auto& answers = point->second;
  auto exact = answers.find(recipient);
  if (exact == answers.end()) exact = answers.find("");
  return exact == answers.end() ? nullptr : &exact->second;
}

std::string Manners::answer(std::string_view at, const std::string& recipient, Now now) {
  const Rule* found = rule(at, recipient);
  return found != nullptr && found->applies(now) ? found->reply : "";
}

std::string Manners::give(std::string_view at, const std::string& recipient, Now now) {
  Rule* found = rule(at, recipient);
  if (found == nullptr) return "";
  if (found->applies(now)) {
    ++found->given;
    return found->reply;
  }
  std::erase_if(found->passed, [&](Now at_time) { return at_time <= now - found->limit.within; });
  found->passed.push_back(now);
  return "";
}

}  // namespace mxlab::sim
