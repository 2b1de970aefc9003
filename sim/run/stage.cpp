#include "sim/run/stage.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "sim/judge/mail.hpp"

namespace mxlab::sim {
namespace {

/// For whom the mail is; empty: it is a report. A crash between two of a message's recipients
/// leaves the second without its "accepted for", but not without its delivery's line in the log.
std::string recipient_of(const HostChronicle& host, const std::string& id,
                         const EnvelopeLife& life) {
  static constexpr std::string_view kReport = "report to ", kMail = "accepted for ", kTo = " to=<";
  if (life.text.starts_with(kReport)) return {};
  if (life.text.starts_with(kMail)) return life.text.substr(kMail.size());
  for (const LogLine& line : host.log) {
    const std::size_t begin = line.text.find(kTo, line.text.find("evpid=" + id + " "));
    if (begin == std::string::npos) continue;
    const std::size_t name = begin + kTo.size();
    return line.text.substr(name, line.text.find('>', name) - name);
  }
  return {};
}

/// Final failures and lost reports, from the lives of a host's envelopes.
void add_ends(const HostChronicle& host, Evidence& evidence) {
  static constexpr std::string_view kReport = "report to ";
  for (const auto& [id, life] : host.envelopes) {
    // Between the commit of an outcome and its telling the power may have gone.
    const bool untold = life.outcome.empty() && !life.attempts.empty();
    if (!untold && !life.outcome.starts_with("PermFail") && !life.outcome.starts_with("Expired"))
      continue;
    if (life.text.starts_with(kReport) && !untold)
      ++evidence.dropped_reports[life.text.substr(kReport.size())];
    if (const std::string to = recipient_of(host, id, life); !to.empty())
      ++evidence.final_failures[to];
  }
}

}  // namespace

Stage::Stage(const scenario::Scenario& scenario, Trace& trace)
    : chronicle(trace, scenario.hosts.size()),
      scenario_(scenario),
      trace_(trace),
      witness_(ledger),
      copy_counts_(scenario.hosts.size()) {
  trace.on_event([this](const Event& event) {
    if (event.host < scenario_.hosts.size() && spec(event.host).role == scenario::Role::kClient)
      witness_.read(event);
  });
}

HostNumber Stage::number_of(const std::string& name) const {
  for (HostNumber i = 0; i < scenario_.hosts.size(); ++i)
    if (scenario_.hosts[i].name == name) return i;
  throw std::logic_error("no host " + name);  // the parser has checked all names
}

HostNumber Stage::only_sender() const {
  for (HostNumber i = 0; i < scenario_.hosts.size(); ++i)
    if (scenario_.hosts[i].role == scenario::Role::kSender) return i;
  throw std::logic_error("no sender");
}

void Stage::note_mx(const scenario::Record& record) {
  std::istringstream words(record.text);
  std::string type, exchange;
  std::uint16_t preference = 0;
  if (!(words >> type >> preference >> exchange) || type != "MX") return;
  if (exchange.back() == '.' && exchange.size() > 1) exchange.pop_back();
  for (const auto& host : scenario_.hosts)
    if (host.name == exchange) mx_hosts_[record.name][exchange] = preference;
}

void Stage::forget_mx(const std::string& name) {
  const auto at = mx_hosts_.find(name);
  if (at == mx_hosts_.end()) return;
  former_mx_hosts_.push_back({*at});
  mx_hosts_.erase(at);
}

void Stage::post(HostNumber host, Letter letter, const std::string& token, Told told) {
  if (!is_up(host)) return told("it is down");
  std::vector<Posted> entries;
  for (const std::string& recipient : letter.recipients)
    entries.push_back({token, letter.sender, recipient, now()});
  submit(host, std::move(letter),
         [this, promised = promise(), entries = std::move(entries),
          told = std::move(told)](std::string trouble) {
           if (!trouble.empty()) return told(std::move(trouble));
           for (const Posted& entry : entries) ledger.posted(entry);
         });
}

/// Asked after every step, so it reads each message once.
std::int64_t Stage::copies_too_many() {
  std::int64_t copies = 0;
  for (HostNumber i = 0; i < copy_counts_.size(); ++i) {
    CopyCount& count = copy_counts_[i];
    const auto& mail = delivered_to(i);
    for (; count.read < mail.size(); ++count.read) {
      const std::string id = header_value(mail[count.read].text, "Message-ID");
      // Without one, two messages cannot be told from two copies.
      if (!id.empty() && !count.seen.emplace(mail[count.read].mailbox, id).second) ++count.copies;
    }
    copies += count.copies;
  }
  return copies;
}

bool Stage::drained() {
  if (promised_.use_count() > 1) return false;
  for (HostNumber i = 0; i < scenario_.hosts.size(); ++i) {
    if (spec(i).role == scenario::Role::kClient) continue;
    // Who is down, or has not read its queue yet, may hold mail that nobody sees.
    if (!is_up(i) || !knows_its_queue(i)) return false;
    const Digest& digest = chronicle.host(i).digest();
    if (digest.enqueued != digest.dequeued) return false;
  }
  return true;
}

/// The relays' own names, and what has no other MX hosts than relays.
std::set<std::string> Stage::domains_of_relays() const {
  const auto is_relay = [&](const std::string& name) {
    return spec(number_of(name)).role == scenario::Role::kRelay;
  };
  std::set<std::string> domains;
  for (const scenario::HostSpec& host : scenario_.hosts)
    if (host.role == scenario::Role::kRelay) domains.insert(host.name);
  for (const auto& [domain, hosts] : mx_hosts_)
    if (std::all_of(hosts.begin(), hosts.end(), [&](const auto& mx) { return is_relay(mx.first); }))
      domains.insert(domain);
  return domains;
}

Evidence Stage::evidence() {
  Evidence evidence;
  evidence.local_domains = domains_of_relays();
  for (HostNumber i = 0; i < scenario_.hosts.size(); ++i) {
    for (auto& row : rows_of(i)) evidence.rows.push_back(std::move(row));
    for (auto& mail : mail_of(i)) evidence.mail.push_back(std::move(mail));
    add_ends(chronicle.host(i), evidence);
    evidence.doubts[spec(i).name] = chronicle.host(i).doubts;
  }
  return evidence;
}

}  // namespace mxlab::sim
