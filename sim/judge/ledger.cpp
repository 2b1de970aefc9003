#include "sim/judge/ledger.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "relay/smtp/address.hpp"
#include "sim/judge/mail.hpp"

namespace mxlab::sim {
namespace {

/// A message that arrived, with the fields of its header that are looked at, which are read once.
struct Arrived {
  const Delivered& mail;
  std::string id;
  std::vector<std::string> hops;  // Received
};

/// "from … by mx2.example.org (mxrelayd) with …": the host that wrote the field.
std::string writer_of(const std::string& hop) {
  static constexpr std::string_view kBy = "by ";
  std::size_t at = hop.starts_with(kBy) ? 0 : hop.find(" by ");
  if (at == hop.npos) return "";
  at = hop.find("by ", at) + kBy.size();
  return hop.substr(at, hop.find_first_of(" \t;", at) - at);
}

bool has_token(const Posted& entry, const Arrived& arrived) {
  if (entry.host.empty()) return arrived.id.find(entry.token) != std::string::npos;
  return std::any_of(arrived.hops.begin(), arrived.hops.end(), [&](const std::string& hop) {
    return writer_of(hop) == entry.host && hop.find(" id " + entry.token) != std::string::npos;
  });
}

/// Postmaster without a domain is whoever has that name where it was delivered (RFC 5321 4.5.1).
bool is_for(const Posted& entry, const std::string& mailbox) {
  if (!smtp::is_bare_postmaster(entry.recipient)) return mailbox == entry.recipient;
  return smtp::is_bare_postmaster(smtp::local_part_of(mailbox));
}

bool is_copy_of(const Posted& entry, const Arrived& arrived) {
  return is_for(entry, arrived.mail.mailbox) && has_token(entry, arrived);
}

bool is_in(const std::string& mailbox, const std::set<std::string>& domains) {
  return std::any_of(domains.begin(), domains.end(), [&](const std::string& domain) {
    return smtp::same_domain(smtp::domain_of(mailbox), domain);
  });
}

bool is_with_an_alias(const Posted& entry, const std::vector<Arrived>& mail,
                      const std::set<std::string>& local_domains) {
  if (!is_in(entry.recipient, local_domains)) return false;
  return std::any_of(mail.begin(), mail.end(), [&](const Arrived& arrived) {
    return is_in(arrived.mail.mailbox, local_domains) && has_token(entry, arrived);
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

/// How many copies more than one may have come about: one for each doubt, since it was posted, of a
/// host that had the message.
std::uint64_t excuses(const Posted& entry, const std::vector<const Arrived*>& copies,
                      const Evidence& evidence) {
  std::set<std::string> handlers;
  for (const Arrived* copy : copies)
    for (const std::string& hop : copy->hops) handlers.insert(writer_of(hop));
  std::uint64_t count = 0;
  for (const std::string& host : handlers)
    if (auto at = evidence.doubts.find(host); at != evidence.doubts.end())
      count += static_cast<std::uint64_t>(
          std::count_if(at->second.begin(), at->second.end(),
                        [&](world::TimePoint doubt) { return doubt >= entry.at; }));
  return count;
}

/// A failure report about this very message and recipient.
bool reports(const Posted& entry, const Delivered& mail) {
  return mail.mailbox == entry.sender && mail.sender.empty() &&
         header_value(mail.text, "Subject").ends_with(": failed") &&
         mail.text.find(entry.token) != std::string::npos &&
         mail.text.find(entry.host) != std::string::npos && is_about(mail.text, entry.recipient);
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
  if (entry.sender.empty() || entry.silent) return take(left.final_failures, entry.recipient);
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
    arrivals.push_back(
        {mail, header_value(mail.text, "Message-ID"), header_values(mail.text, "Received")});
  for (const Posted& entry : entries_) {
    std::vector<const Arrived*> copies;
    bool bounced = false;
    for (const Arrived& arrived : arrivals) {
      if (is_copy_of(entry, arrived)) copies.push_back(&arrived);
      bounced |= reports(entry, arrived.mail);
    }
    if (copies.size() > 1 && copies.size() > 1 + excuses(entry, copies, evidence))
      broken.push_back(fmt::format("<{}> from <{}> was delivered to <{}> {} times", entry.token,
                                   entry.sender, entry.recipient, copies.size()));
    if (copies.empty() && !bounced && !is_with_an_alias(entry, arrivals, evidence.local_domains) &&
        !accounted(entry, left))
      broken.push_back(
          fmt::format("<{}> from <{}> to <{}> is lost: not delivered, not bounced, "
                      "not in any queue",
                      entry.token, entry.sender, entry.recipient));
  }
  return broken;
}

}  // namespace mxlab::sim
