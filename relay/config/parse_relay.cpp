// parse_relay.cpp - the options of `relay`: where to, as whom, how safely.
#include <algorithm>
#include <array>

#include "relay/config/parse_action.hpp"
#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

// --- where to -----------------------------------------------------------------------------------

// Only one of them can say where the mail goes.
void check_destination(const ActionLine& line, const Token& option) {
  for (const char* other : {"host", "domain"})
    if (line.has("backup") && line.has(other))
      fail(option.span, std::string("backup and ") + other + " are mutually exclusive",
           "backup asks the MX records of the recipient's domain where to go");
  if (line.has("host") && line.has("domain"))
    fail(option.span, "host mapping already specified for this dispatcher",
         "host names the relay for all mail, domain one for each domain");
}

void parse_backup(ActionLine& line, const Token& option) {
  line.once(option, "backup");
  check_destination(line, option);
  line.action.backup = true;
  if (line.cursor.accept_word("mx"))
    line.action.backup_mx = expect_host_name(line.cursor, "backup mx");
}

void parse_host(ActionLine& line, const Token& option) {
  line.once(option, "host mapping");
  check_destination(line, option);
  line.action.host_table = parse_table_use(line.context, line.cursor, Lookup::kRelayHost, "host");
  line.action.hosts = relay_hosts(*line.action.host_table);
}

void parse_domain(ActionLine& line, const Token& option) {
  line.once(option, "host mapping");
  check_destination(line, option);
  line.action.domains = parse_table_use(line.context, line.cursor, Lookup::kRelayDomain, "domain");
}

// --- as whom ------------------------------------------------------------------------------------

void parse_login(ActionLine& line, const Token& option) {
  line.once(option, "auth mapping");
  if (!line.has("host") && !line.has("domain"))
    fail(option.span, "auth may not be specified without host on a dispatcher",
         "write host or domain before it: relay host \"smtps://label@mail.example.org\" auth <t>");
  line.action.credentials = parse_table_use(line.context, line.cursor, Lookup::kLogin, "auth");
}

void parse_helo(ActionLine& line, const Token& option) {
  line.once(option, "helo");
  line.action.helo = expect_host_name(line.cursor, "helo");
}

void parse_helo_source(ActionLine& line, const Token& option) {
  line.once(option, "helo-source mapping");
  line.action.helo_by_source =
      parse_table_use(line.context, line.cursor, Lookup::kHeloSource, "helo-src");
}

void parse_source(ActionLine& line, const Token& option) {
  line.once(option, "source mapping");
  line.action.source_table = parse_table_use(line.context, line.cursor, Lookup::kSource, "src");
  line.action.sources = source_addresses(*line.action.source_table);
}

// user@domain replaces the sender, @domain or user only that part of it.
void parse_mail_from(ActionLine& line, const Token& option) {
  line.once(option, "mail-from");
  const Token sender = line.cursor.expect_string("an address after mail-from");
  const std::string& text = sender.text;
  const std::size_t at = text.rfind('@');
  const bool printable = std::all_of(
      text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '<' && c != '>'; });
  const bool domain_right = at == std::string::npos || valid_host_name(text.substr(at + 1));
  if (text.empty() || !printable || !domain_right)
    fail(sender.span, "not an address: " + text, "user@domain, @domain or user");
  line.action.mail_from = text;
}

void parse_srs_option(ActionLine& line, const Token& option) {
  line.once(option, "srs");
  if (line.context.config.srs.key.empty())
    fail(option.span, "an srs key is required for srs to be specified in an action",
         "set it above this line: srs key \"SECRET\"");
  line.action.srs = true;
}

// --- how safely ---------------------------------------------------------------------------------

void parse_relay_tls(ActionLine& line, const Token& option) {
  line.once(option, "tls");
  line.action.tls =
      line.cursor.accept_word("no-verify") ? RelayTls::kRequired : RelayTls::kVerified;
}

void parse_relay_pki(ActionLine& line, const Token& option) {
  line.once(option, "pki");
  if (const Pki* pki = parse_pki_use(line.context, line.cursor)) line.action.pki = pki->name;
}

void parse_relay_ca(ActionLine& line, const Token& option) {
  line.once(option, "ca");
  line.action.ca = parse_ca_use(line.context, line.cursor);
}

void parse_relay_tuning(ActionLine& line, const Token& option) {
  line.once(option, option.text);
  parse_tuning(line.cursor, option, line.action.tuning);
}

// Outgoing sessions can only be reported to programs, and there are none.
void parse_relay_filter(ActionLine& line, const Token& option) {
  line.once(option, "filter");
  parse_filter_use(line.context, line.cursor);
  line.context.report.warning(option.span, "filter does nothing on outgoing mail",
                              "the built-in filters look at mail that comes in");
}

void parse_relay_ttl(ActionLine& line, const Token& option) {
  line.once(option, "ttl");
  parse_ttl(line);
}

// --- the whole line -----------------------------------------------------------------------------

std::vector<RelayUrl> all_relays(const Action& action) {
  std::vector<RelayUrl> relays = action.hosts;
  if (!action.domains) return relays;
  for (const std::string& domain : action.domains->values()) {
    auto parsed = parse_relay_url(action.domains->lookup(domain).value_or(""));
    if (auto* url = std::get_if<RelayUrl>(&parsed)) relays.push_back(std::move(*url));
  }
  return relays;
}

void check_labels(const ActionLine& line, const std::vector<RelayUrl>& relays) {
  const TableRef& logins = line.action.credentials;
  const Span& where = line.given.at(line.has("host") ? "host" : "domain");
  for (const RelayUrl& relay : relays) {
    if (relay.label.empty()) continue;
    if (!logins)
      fail(where, "the relay of label " + relay.label + " needs a log-in, and there is no auth",
           "add auth <table> behind it, with a line: " + relay.label + " user:password");
    if (logins->mapping() && !logins->lookup(relay.label))
      line.context.report.warning(
          line.given.at("auth"), "no log-in for label " + relay.label,
          did_you_mean(
              relay.label,
              std::vector<std::string_view>(logins->values().begin(), logins->values().end()),
              "mail for this relay will wait until the table has one"));
  }
  const bool used = std::any_of(relays.begin(), relays.end(),
                                [](const RelayUrl& relay) { return !relay.label.empty(); });
  if (logins && !used && !relays.empty())
    line.context.report.warning(line.given.at("auth"), "auth does nothing: no relay has a label",
                                "the label names the log-in: smtps://label@mail.example.org");
}

void check_encryption(const ActionLine& line, const std::vector<RelayUrl>& relays) {
  if (!line.action.tls) return;
  for (const RelayUrl& relay : relays)
    if (relay.tls == RelayTls::kNever)
      fail(line.given.at("tls"), "tls is asked for, and the relay " + relay.host + " has none",
           relay.protocol == RelayProtocol::kLmtp ? "lmtp:// is never encrypted"
                                                  : "write smtp:// or smtp+tls://");
}

struct Option {
  std::string_view word;
  void (*parse)(ActionLine&, const Token&);
};
constexpr std::array kOptions{
    Option{"backup", parse_backup},        Option{"helo", parse_helo},
    Option{"ttl", parse_relay_ttl},        Option{"host", parse_host},
    Option{"domain", parse_domain},        Option{"auth", parse_login},
    Option{"helo-src", parse_helo_source}, Option{"src", parse_source},
    Option{"tls", parse_relay_tls},        Option{"pki", parse_relay_pki},
    Option{"ca", parse_relay_ca},          Option{"filter", parse_relay_filter},
    Option{"mail-from", parse_mail_from},  Option{"srs", parse_srs_option},
    Option{"ciphers", parse_relay_tuning}, Option{"protocols", parse_relay_tuning}};
constexpr std::array kWords{"backup"sv,    "helo"sv, "ttl"sv,      "host"sv,
                            "domain"sv,    "auth"sv, "helo-src"sv, "src"sv,
                            "tls"sv,       "pki"sv,  "ca"sv,       "filter"sv,
                            "mail-from"sv, "srs"sv,  "ciphers"sv,  "protocols"sv};

}  // namespace

void parse_relay_options(ActionLine& line) {
  while (!line.cursor.at_end()) {
    const Token word = line.cursor.expect_word(kWords, "relay option");
    const auto* option = std::find_if(kOptions.begin(), kOptions.end(),
                                      [&](const Option& o) { return o.word == word.text; });
    option->parse(line, word);
  }
  if (!line.has("host") && !line.has("domain")) return;
  const std::vector<RelayUrl> relays = all_relays(line.action);
  check_labels(line, relays);
  check_encryption(line, relays);
}

}  // namespace mxlab::config
