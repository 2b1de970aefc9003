#include "sim/judge/ledger.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "sim/judge/mail.hpp"

namespace mxlab::sim {
namespace {

/// A message that arrived, with its Message-ID, which is read once.
struct Arrived {
  const Delivered& mail;
  std::string id;
};

bool has_token(const Posted& entry, const Arrived& arrived) {
  return arrived.id.find(entry.token) != std::string::npos;
}

bool is_copy_of(const Posted& entry, const Arrived& arrived) {
  return arrived.mail.mailbox == entry.recipient && has_token(entry, arrived);
}

std::string domain_of(const std::string& mailbox) { return mailbox.substr(mailbox.rfind('@') + 1); }

bool is_with_an_alias(const Posted& entry, const std::vector<Arrived>& mail,
                      const std::set<std::string>& local_domains) {
  const std::string domain = domain_of(entry.recipient);
  if (!local_domains.contains(domain)) return false;
  return std::any_of(mail.begin(), mail.end(), [&](const Arrived& arrived) {
    return domain_of(arrived.mail.mailbox) == domain && has_token(entry, arrived);
  });
}

/// RFC 3464 2.3.2: the headers that a report returns name every recipient, its own field only those
/// that it is about.
bool is_about(std::string_view report, std::string_view recipient) {
  constexpr std::string_view kField = "Final-Recipient:";
  for (auto at = report.find(kField); at != report.npos; at = report.find(kField, at + 1))
    if (report.substr(at, report.find('\n', at) - at).find(recipient) != report.npos) return true;
  return false;
}

/// A failure report about this very message and recipient.
bool reports(const Posted& entry, const Delivered& mail) {
  return mail.mailbox == entry.sender && mail.sender.empty() &&
         header_value(mail.text, "Subject").ends_with(": failed") &&
         mail.text.find(entry.token) != std::string::npos && is_about(mail.text, entry.recipient);
}

/// Takes one from what is left under this key.
bool take(std::map<std::string, std::int64_t>& left, const std::string& key) {
  auto at = left.find(key);
  return at != left.end() && at->second-- > 0;
}

/// What can account for messages that no mailbox shows; each piece accounts for one.
struct Remainder {
  std::map<std::string, std::int64_t> queued;  // by sender and recipient
  std::map<std::string, std::int64_t> reports_under_way, dropped_reports, final_failures;
};

Remainder remainder_of(const Evidence& evidence) {
  Remainder left;
  for (const control::QueueRow& row : evidence.rows) {
    ++left.queued[row.sender + "|" + row.recipient];
    if (row.sender.empty()) ++left.reports_under_way[row.recipient];
  }
  left.dropped_reports = evidence.dropped_reports;
  left.final_failures = evidence.final_failures;
  return left;
}

bool accounted(const Posted& entry, Remainder& left) {
  if (take(left.queued, entry.sender + "|" + entry.recipient)) return true;
  if (entry.sender.empty()) return take(left.final_failures, entry.recipient);
  if (take(left.reports_under_way, entry.sender)) return true;
  // One report tells of all recipients that failed together.
  const auto dropped = left.dropped_reports.find(entry.sender);
  return dropped != left.dropped_reports.end() && take(left.final_failures, entry.recipient);
}

}  // namespace

std::vector<std::string> Ledger::audit(const Evidence& evidence) const {
  std::vector<std::string> broken;
  Remainder left = remainder_of(evidence);
  std::vector<Arrived> arrivals;
  for (const Delivered& mail : evidence.mail)
    arrivals.push_back({mail, header_value(mail.text, "Message-ID")});
  for (const Posted& entry : entries_) {
    std::uint64_t copies = 0;
    bool bounced = false;
    for (const Arrived& arrived : arrivals) {
      copies += is_copy_of(entry, arrived) ? 1 : 0;
      bounced |= reports(entry, arrived.mail);
    }
    if (copies > 1 + evidence.excusable_copies)
      broken.push_back(fmt::format("<{}> from <{}> was delivered to <{}> {} times", entry.token,
                                   entry.sender, entry.recipient, copies));
    if (copies == 0 && !bounced && !is_with_an_alias(entry, arrivals, evidence.local_domains) &&
        !accounted(entry, left))
      broken.push_back(
          fmt::format("<{}> from <{}> to <{}> is lost: not delivered, not bounced, "
                      "not in any queue",
                      entry.token, entry.sender, entry.recipient));
  }
  return broken;
}

}  // namespace mxlab::sim
