#include "tests/queue/ledger.hpp"

#include <algorithm>

namespace mxlab::queue::testing {
namespace {

bool may_have_happened(Told told) { return told == Told::kDone || told == Told::kUnknown; }
bool must_have_happened(Told told) { return told == Told::kDone; }

/// "" when a thing that was found (or not) agrees with what was told of it.
std::string agree(bool found, Told told, const std::string& what) {
  if (found && !may_have_happened(told)) return what + " happened though it was refused";
  if (!found && must_have_happened(told)) return what + " was confirmed and is lost";
  return {};
}

std::string judge_body(const MessageRecord& record, const std::string& body) {
  return body == record.body ? "" : "its body is not what was sent";
}

std::string judge_envelopes(const MessageRecord& record, const std::vector<Envelope>& all) {
  auto number = [](std::uint32_t n) {
    return [n](const Envelope& e) { return e.id.number() == n; };
  };
  const auto first = std::find_if(all.begin(), all.end(), number(0));
  const auto reports = std::count_if(
      all.begin(), all.end(), [](const Envelope& e) { return e.kind == EnvelopeKind::kBounce; });
  if ((first == all.end()) != (reports == 1) || reports > 1)
    return "envelope 0 and its bounce were not exchanged as one";
  if (auto wrong = agree(reports == 1, record.bounced, "the bounce"); !wrong.empty()) return wrong;
  if (first != all.end())
    if (auto wrong = agree(first->tries == 1, record.deferred, "the deferral"); !wrong.empty())
      return wrong;
  const auto others = static_cast<std::uint32_t>(static_cast<std::ptrdiff_t>(all.size()) - reports -
                                                 (first != all.end()));
  if (others != 0 && others != record.envelopes - 1) return "only some of its envelopes are here";
  return record.envelopes == 1 ? "" : agree(others == 0, record.finished, "finishing the others");
}

}  // namespace

void Ledger::crashed() {
  for (auto& [id, record] : records_)
    for (Told* told : {&record.accepted, &record.deferred, &record.bounced, &record.finished})
      if (*told == Told::kRefused) *told = Told::kUnknown;
}

std::string Ledger::judge(const Found& found) const {
  for (const auto& [id, envelopes] : found.envelopes)
    if (!records_.contains(id)) return "message " + to_hex(id) + " was never sent";
  for (const auto& [id, record] : records_) {
    const std::string name = "message " + to_hex(id) + ": ";
    const auto here = found.envelopes.find(id);
    const bool is_here = here != found.envelopes.end();
    if (auto wrong = agree(is_here, record.accepted, "accepting it"); !wrong.empty())
      return name + wrong;
    if (!is_here) continue;
    if (auto wrong = judge_body(record, found.bodies.at(id)); !wrong.empty()) return name + wrong;
    if (auto wrong = judge_envelopes(record, here->second); !wrong.empty()) return name + wrong;
  }
  return {};
}

}  // namespace mxlab::queue::testing
