#include "relay/delivery/way.hpp"

#include <fmt/format.h>

#include "relay/config/table.hpp"
#include "relay/config/units.hpp"
#include "relay/delivery/srs.hpp"
#include "relay/smtp/address.hpp"

namespace mxlab::delivery {
namespace {

/// smtp, smtp+tls, smtp+notls, smtps, lmtp.
std::string scheme_of(const config::RelayUrl& url) {
  if (url.protocol == config::RelayProtocol::kLmtp) return "lmtp";
  if (url.protocol == config::RelayProtocol::kSmtps) return "smtps";
  if (url.tls == config::RelayTls::kOpportunistic) return "smtp";
  return url.tls == config::RelayTls::kNever ? "smtp+notls" : "smtp+tls";
}

const char* tls_word(const std::optional<config::RelayTls>& tls) {
  if (!tls) return "as-given";
  return *tls == config::RelayTls::kVerified ? "verified" : "required";
}

std::string hosts_text(const Way& way) {
  std::string text;
  for (const config::RelayUrl& url : way.hosts)
    text += fmt::format("{}{}", text.empty() ? "" : "|", url.host);
  return text;
}

/// OpenSMTPD's mta_relay_to_text().
std::string describe(const Way& way) {
  const config::Action& action = way.action;
  const config::RelayUrl url = way.hosts.empty() ? config::RelayUrl{} : way.hosts.front();
  std::string text = "relay:" + (way.hosts.empty() ? way.key.domain : hosts_text(way));
  if (url.port != 25) text += fmt::format(",port={}", url.port);
  text += "," + scheme_of(url);
  if (!url.label.empty() && action.credentials)
    text += fmt::format(",auth={}:{}", action.credentials->name(), url.label);
  if (!action.pki.empty()) text += ",pki_name=" + action.pki;
  if (!way.hosts.empty()) text += ",mx";
  if (action.backup) text += ",backup=" + way.key.own_name;
  if (!action.sources.empty())
    text += ",sourcetable=" + fmt::format("{}", fmt::join(action.sources, "|"));
  if (action.helo_by_source) text += ",helotable=" + action.helo_by_source->name();
  if (!action.helo.empty()) text += ",heloname=" + action.helo;
  return text;
}

/// What the description leaves out and a peer would notice.
std::string details_of(const Way& way) {
  const config::Action& action = way.action;
  std::string text = way.description;
  for (const config::RelayUrl& url : way.hosts)
    text += fmt::format("\n{} {} {} {} {}", scheme_of(url), static_cast<int>(url.tls), url.label,
                        url.host, url.port);
  return text + fmt::format("\ntls={} ca={} ciphers={} protocols={}", tls_word(action.tls),
                            action.ca, action.tuning.ciphers, action.tuning.protocols);
}

std::optional<queue::Failure> read_hosts(Way& way, const std::string& domain) {
  way.hosts = way.action.hosts;
  if (!way.action.domains) return std::nullopt;
  const config::Table& table = *way.action.domains;
  auto text = table.lookup(domain);
  if (!text)
    return queue::Failure{
        fmt::format("No relay host for {} in table <{}>", domain, table.name()), "4.3.5", {}};
  auto url = config::parse_relay_url(*text);
  if (const auto* wrong = std::get_if<std::string>(&url))
    return queue::Failure{
        fmt::format("Table <{}>, {}: {}", table.name(), domain, *wrong), "4.3.5", {}};
  way.hosts = {std::get<config::RelayUrl>(std::move(url))};
  return std::nullopt;
}

}  // namespace

std::variant<Way, queue::Failure> way_of(const Context& context, const Envelope& envelope,
                                         const config::Action& action) {
  Way way;
  way.action = action;
  const std::string domain = config::lowered(smtp::domain_of(envelope.destination));
  if (auto trouble = read_hosts(way, domain)) return *trouble;
  DestinationKey& key = way.key;
  if (way.hosts.empty()) key.domain = domain;
  key.helo = action.helo.empty() ? context.server_name : action.helo;
  key.backup = action.backup;
  key.own_name = action.backup_mx;
  if (key.own_name.empty())
    key.own_name = envelope.smtp_name.empty() ? context.server_name : envelope.smtp_name;
  way.description = describe(way);
  key.details = details_of(way);
  return way;
}

std::string sender_of(const Context& context, const Envelope& envelope,
                      const config::Action& action) {
  if (envelope.sender.empty()) return {};  // RFC 5321 4.5.5
  if (!action.mail_from.empty()) return action.mail_from;
  const bool sent_on = envelope.internal && envelope.recipient != envelope.destination;
  if (!action.srs || !sent_on) return envelope.sender;
  // The day of the first attempt, so that every attempt sends under the same address.
  return srs_rewrite(context.config->srs, envelope.sender,
                     std::string(smtp::domain_of(envelope.recipient)), envelope.creation);
}

std::optional<smtp::Login> login_of(const config::Action& action, const std::string& label) {
  if (!action.credentials) return std::nullopt;
  auto login = action.credentials->lookup_login(label);
  if (!login) return std::nullopt;
  return smtp::Login{std::move(login->user), std::move(login->password)};
}

const config::MtaLimits& limits_for(const config::Config& config, const std::string& domain) {
  auto own = config.mta_limits_for.find(domain);
  return own == config.mta_limits_for.end() ? config.mta_limits : own->second;
}

}  // namespace mxlab::delivery
