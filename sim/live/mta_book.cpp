#include "sim/live/mta_book.hpp"

#include <array>

namespace mxlab::sim::live {
namespace {

using world::FactKind;

constexpr std::array<const char*, 4> kCounter{
    "scheduler.delivery.ok", "scheduler.delivery.tempfail", "scheduler.delivery.permfail",
    "scheduler.envelope.expired"};
constexpr std::array<const char*, 4> kWord{"Ok", "TempFail", "PermFail", "Expired"};

void count(const Told& told, std::string_view key, std::int64_t change) {
  told({FactKind::kStat, key, {}, change});
}

}  // namespace

void MtaBook::begin(const std::vector<control::QueueRow>& rows, const Told& told) {
  messages_.clear();
  sessions_ = 0;
  for (const control::QueueRow& row : rows) {
    const std::string message = row.envelope_id.substr(0, row.envelope_id.find('/'));
    messages_[message].sender = row.sender;
    ++messages_[message].left;
    count(told, "scheduler.envelope", 1);
  }
}

void MtaBook::connected(const Told& told) {
  ++sessions_;
  count(told, "smtp.session", 1);
}

void MtaBook::disconnected(const Told& told) {
  if (sessions_ == 0) return;  // it began in an earlier life
  --sessions_;
  count(told, "smtp.session", -1);
}

void MtaBook::accepted(const std::string& message, const std::string& sender,
                       std::uint32_t recipients, const Told& told) {
  if (!messages_.try_emplace(message, Message{sender, recipients}).second) return;
  for (std::uint32_t i = 0; i < recipients; ++i) count(told, "scheduler.envelope", 1);
}

void MtaBook::name(const std::string& message, const std::string& recipient, const Told& told) {
  const std::string id = envelope(message, recipient);
  if (!envelopes_.try_emplace(id).second) return;
  const bool report = messages_[message].sender.empty();
  told({FactKind::kQueue, id, (report ? "report to " : "accepted for ") + recipient});
}

void MtaBook::attempt(const std::string& message, const std::string& recipient,
                      const MtaOutcome& outcome, const Told& told) {
  name(message, recipient, told);
  const std::string id = envelope(message, recipient);
  const auto kind = static_cast<std::size_t>(outcome.kind);
  if (outcome.kind != MtaOutcome::Kind::kExpired) told({FactKind::kQueue, id, "attempt"});
  count(told, kCounter.at(kind), 1);
  told({FactKind::kQueue, id, std::string(kWord.at(kind)) + " " + outcome.text});
  if (outcome.kind != MtaOutcome::Kind::kTemporary) return end(message, id, told);
  ++envelopes_[id].tries;
  envelopes_[id].error = outcome.text;
}

void MtaBook::bounced(const Told& told) { count(told, "queue.bounce", 1); }

void MtaBook::gone(const std::string& message, const Told& told) {
  auto at = messages_.find(message);
  if (at == messages_.end()) return;
  for (; at->second.left > 0; --at->second.left) count(told, "scheduler.envelope", -1);
  messages_.erase(at);
}

void MtaBook::end(const std::string& message, const std::string& envelope, const Told& told) {
  envelopes_.erase(envelope);
  Message& whole = messages_[message];
  if (whole.left == 0) return;
  --whole.left;
  count(told, "scheduler.envelope", -1);
}

std::vector<std::string> MtaBook::recipients(const std::string& message) const {
  std::vector<std::string> names;
  const std::string prefix = envelope(message, "");
  for (auto at = envelopes_.lower_bound(prefix);
       at != envelopes_.end() && at->first.starts_with(prefix); ++at)
    names.push_back(at->first.substr(prefix.size()));
  return names;
}

std::uint32_t MtaBook::tries(const std::string& envelope) const {
  auto at = envelopes_.find(envelope);
  return at == envelopes_.end() ? 0 : at->second.tries;
}

std::string MtaBook::error(const std::string& envelope) const {
  auto at = envelopes_.find(envelope);
  return at == envelopes_.end() ? "" : at->second.error;
}

std::string_view between(std::string_view line, std::string_view before, std::string_view after) {
  const std::size_t from = line.find(before);
  if (from == std::string_view::npos) return {};
  const std::string_view rest = line.substr(from + before.size());
  return after.empty() ? rest : rest.substr(0, rest.find(after));
}

std::string bare(std::string_view address) {
  if (address.starts_with('<')) address = address.substr(1, address.find('>') - 1);
  return std::string(address);
}

}  // namespace mxlab::sim::live
