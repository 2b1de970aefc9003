// A corpus of right lines, and the value that each of them gives. Where a line needs something
// above it (a certificate, a table), kAbove has it.
#include <fmt/format.h>
#include <functional>
#include <gtest/gtest.h>

#include "tests/config/files.hpp"

namespace mxlab::config {
namespace {

const std::string kAbove =
    "pki a.example.org cert \"/a\" key \"/ak\"\npki b.example.org cert \"/b\" key \"/bk\"\n"
    "ca corp cert \"/corp\"\nsrs key \"secret\"\n"
    "table users { jane = \"$6$jane\" }\ntable logins file:/logins\n"
    "table names { 192.0.2.1 = one.example.org }\n"
    "filter none phase connect match !rdns reject \"550 no name\"\n"
    "filter far phase connect match !src 192.0.2.0/24 reject \"550 far\"\n";

struct Case {
  std::string line;
  std::function<std::string(const Config&)> value;
  std::string expected;
};

void expect_values(const std::vector<Case>& cases, const std::string& below) {
  for (const Case& c : cases) {
    const ParseResult result =
        parse_text(kAbove + c.line + "\n" + below, {{"/logins", "office jane:secret\n"}});
    ASSERT_TRUE(result.config) << c.line << "\n" << all_text(result.diagnostics);
    EXPECT_EQ(c.value(*result.config), c.expected) << c.line;
  }
}

std::string seconds(Duration duration) {
  return fmt::format("{}s", std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

const char* word(bool value) { return value ? "yes" : "no"; }

// --- listeners ----------------------------------------------------------------------------------

const Listen& listener(const Config& c) { return c.listeners.at(0); }
std::string where(const Config& c) {
  const Listen& l = listener(c);
  return fmt::format("{} {} {}", l.interface, l.port,
                     l.only_ipv6 ? (*l.only_ipv6 ? "inet6" : "inet4") : "both");
}
std::string safety(const Config& c) {
  static constexpr const char* kModes[] = {"none", "offered", "required", "implicit"};
  const Listen& l = listener(c);
  return fmt::format("{} verify={} pki={} ca={}", kModes[static_cast<int>(l.tls)],
                     word(l.verify_client), l.pki.size(), l.ca);
}
std::string log_in(const Config& c) {
  static constexpr const char* kModes[] = {"none", "optional", "required"};
  const Listen& l = listener(c);
  return fmt::format("{} {}", kModes[static_cast<int>(l.auth)],
                     l.credentials ? l.credentials->lookup("jane").value_or("?") : "no table");
}
std::string senders(const Config& c) {
  const Listen& l = listener(c);
  return fmt::format("{} masquerade={}", word(l.senders->may_send_as("jane", "jane@example.org")),
                     word(l.masquerade));
}
std::string switches(const Config& c) {
  const Listen& l = listener(c);
  return fmt::format("socket={} mask={} dsn={} proxy={} received-auth={} tag={}", word(l.socket),
                     word(l.mask_source), word(!l.no_dsn), word(l.proxy_v2), word(l.received_auth),
                     l.tag);
}
std::string name(const Config& c) {
  const Listen& l = listener(c);
  const auto mapped =
      l.hostnames ? l.hostnames->lookup_address(asio::ip::make_address("192.0.2.1")) : std::nullopt;
  return fmt::format("{} {}", l.hostname, mapped.value_or("-"));
}
std::string tuning(const Config& c) {
  return listener(c).tuning.ciphers + " " + listener(c).tuning.protocols;
}
std::string filters(const Config& c) {
  std::string names;
  for (const auto& filter : listener(c).filters) names += filter->name + " ";
  return names;
}

TEST(Values, OfListeners) {
  expect_values(
      {{"listen on egress", where, "egress 25 both"},
       {"listen on lo0 port 2525", where, "lo0 2525 both"},
       {"listen on 192.0.2.1 port smtp", where, "192.0.2.1 25 both"},
       {"listen on mx.example.org port submission inet4", where, "mx.example.org 587 inet4"},
       {"listen on \"::1\" inet6 port submissions", where, "::1 465 inet6"},
       {"listen on lo smtps pki a.example.org", where, "lo 465 both"},
       {"listen on lo smtps pki a.example.org port 2465", where, "lo 2465 both"},
       {"listen on lo", safety, "none verify=no pki=0 ca="},
       {"listen on lo tls pki A.example.org", safety, "offered verify=no pki=1 ca="},
       {"listen on lo tls pki a.example.org pki b.example.org", safety,
        "offered verify=no pki=2 ca="},
       {"listen on lo tls-require pki a.example.org", safety, "required verify=no pki=1 ca="},
       {"listen on lo tls-require verify pki a.example.org ca corp", safety,
        "required verify=yes pki=1 ca=corp"},
       {"listen on lo smtps verify pki a.example.org", safety, "implicit verify=yes pki=1 ca="},
       {"listen on lo tls pki a.example.org", log_in, "none no table"},
       {"listen on lo tls pki a.example.org auth", log_in, "required no table"},
       {"listen on lo tls pki a.example.org auth <users>", log_in, "required $6$jane"},
       {"listen on lo smtps auth-optional <users> pki a.example.org", log_in, "optional $6$jane"},
       {"listen on lo smtps auth { jane = \"$6$x\" } pki a.example.org", log_in, "required $6$x"},
       {"listen on lo senders { jane = \"@example.org\" }", senders, "yes masquerade=no"},
       {"listen on lo senders { joe = \"@\" } masquerade", senders, "no masquerade=yes"},
       {"listen on lo", switches, "socket=no mask=no dsn=yes proxy=no received-auth=no tag="},
       {"listen on lo mask-src no-dsn proxy-v2 received-auth tag IN", switches,
        "socket=no mask=yes dsn=no proxy=yes received-auth=yes tag=IN"},
       {"listen on socket mask-src no-dsn tag LOCAL", switches,
        "socket=yes mask=yes dsn=no proxy=no received-auth=no tag=LOCAL"},
       {"listen on lo hostname mx.example.org", name, "mx.example.org -"},
       {"listen on lo hostnames <names>", name, " one.example.org"},
       {"listen on lo ciphers \"HIGH:!aNULL\" protocols \"TLSv1.2,tlsv1.3\"", tuning,
        "HIGH:!aNULL TLSv1.2,tlsv1.3"},
       {"listen on lo filter none", filters, "none "},
       {"listen on lo filter { far, none }", filters, "far none "},
       {"listen on socket filter {\n\tfar\n\tnone\n}", filters, "far none "}},
      kRule);
}

// --- relaying -----------------------------------------------------------------------------------

const Action& action(const Config& c) { return c.actions.at("x"); }
std::string shown(const RelayUrl& url) {
  static constexpr const char* kProtocols[] = {"smtp", "smtps", "lmtp"};
  static constexpr const char* kTls[] = {"opportunistic", "never", "required", "verified"};
  return fmt::format("{} {} {}@{} {}", kProtocols[static_cast<int>(url.protocol)],
                     kTls[static_cast<int>(url.tls)], url.label, url.host, url.port);
}
std::string hosts(const Config& c) {
  std::string text;
  for (const RelayUrl& url : action(c).hosts) text += shown(url) + "; ";
  return text;
}
std::string backup(const Config& c) {
  return fmt::format("{} \"{}\"", word(action(c).backup), action(c).backup_mx);
}
std::string as_whom(const Config& c) {
  const Action& a = action(c);
  const auto helo = a.helo_by_source
                        ? a.helo_by_source->lookup_address(asio::ip::make_address("192.0.2.1"))
                        : std::nullopt;
  return fmt::format("{} {} {} {}", fmt::join(a.sources, ","), a.helo, helo.value_or("-"),
                     a.mail_from);
}
std::string how_safely(const Config& c) {
  static constexpr const char* kTls[] = {"opportunistic", "never", "required", "verified"};
  const Action& a = action(c);
  return fmt::format("{} pki={} ca={} {} {}", a.tls ? kTls[static_cast<int>(*a.tls)] : "by URL",
                     a.pki, a.ca, a.tuning.ciphers, a.tuning.protocols);
}
std::string rest(const Config& c) {
  return fmt::format("srs={} ttl={}", word(action(c).srs),
                     action(c).ttl ? seconds(*action(c).ttl) : "queue's");
}
std::string domain_of_example(const Config& c) {
  return action(c).domains->lookup("EXAMPLE.org").value_or("-");
}
std::string office(const Config& c) {
  const auto login = action(c).credentials->lookup_login("office");
  return login ? login->user + " " + login->password : "-";
}

TEST(Values, OfRelays) {
  expect_values(
      {{"action x relay", hosts, ""},
       {"action x relay host mail.example.org", hosts, "smtp opportunistic @mail.example.org 25; "},
       {"action x relay host \"smtp+notls://10.0.0.1:2525\"", hosts, "smtp never @10.0.0.1 2525; "},
       {"action x relay host smtp+tls://office@a.b auth <logins>", hosts,
        "smtp verified office@a.b 25; "},
       {"action x relay host { smtps://a.b, \"smtp://[2001:DB8::1]\" }", hosts,
        "smtps verified @a.b 465; smtp opportunistic @2001:db8::1 25; "},
       {"action x relay host lmtp://localhost:24", hosts, "lmtp never @localhost 24; "},
       {"action x relay domain { example.org = smtp://a.b }", domain_of_example, "smtp://a.b"},
       {"action x relay host smtps://office@a.b auth <logins>", office, "jane secret"},
       {"action x relay backup", backup, "yes \"\""},
       {"action x relay backup mx mx2.example.org", backup, "yes \"mx2.example.org\""},
       {"action x relay", backup, "no \"\""},
       {"action x relay src 192.0.2.1", as_whom, "192.0.2.1  - "},
       {"action x relay src { 192.0.2.1, \"[2001:DB8::1]\" }", as_whom,
        "192.0.2.1,2001:db8::1  - "},
       {"action x relay helo mx.example.org", as_whom, " mx.example.org - "},
       {"action x relay helo-src <names>", as_whom, "  one.example.org "},
       {"action x relay mail-from \"@example.org\"", as_whom, "  - @example.org"},
       {"action x relay mail-from jane", as_whom, "  - jane"},
       {"action x relay", how_safely, "by URL pki= ca=  "},
       {"action x relay tls", how_safely, "verified pki= ca=  "},
       {"action x relay tls no-verify pki a.example.org", how_safely,
        "required pki=a.example.org ca=  "},
       {"action x relay ca CORP ciphers HIGH protocols all", how_safely,
        "by URL pki= ca=corp HIGH all"},
       {"action x relay srs ttl 5d", rest, "srs=yes ttl=432000s"},
       {"action x relay filter none", rest, "srs=no ttl=queue's"}},
      kRule);
}

// --- local mail ---------------------------------------------------------------------------------

std::string delivery(const Config& c) {
  static constexpr const char* kMethods[] = {"relay", "mbox",        "maildir",
                                             "lmtp",  "expand-only", "forward-only"};
  const Action& a = action(c);
  return fmt::format("{} maildir={} junk={} lmtp={} rcpt={} user={}",
                     kMethods[static_cast<int>(a.method)], a.maildir, word(a.junk), a.lmtp,
                     word(a.lmtp_recipient), a.user);
}
std::string jane(const Config& c) {
  const Action& a = action(c);
  if (a.virtuals) return "virtual " + a.virtuals->lookup_virtual("jane@example.org").value_or("-");
  if (a.aliases) return "alias " + a.aliases->lookup_alias("jane").value_or("-");
  const auto account = a.userbase->lookup_user("jane");
  return account ? fmt::format("{} {} {}", account->uid, account->gid, account->home) : "-";
}

TEST(Values, OfLocalActions) {
  expect_values(
      {{"action x mbox", delivery, "mbox maildir= junk=no lmtp= rcpt=no user="},
       {"action x maildir", delivery, "maildir maildir= junk=no lmtp= rcpt=no user="},
       {"action x maildir junk", delivery, "maildir maildir= junk=yes lmtp= rcpt=no user="},
       {"action x maildir \"~/Mail\"", delivery,
        "maildir maildir=~/Mail junk=no lmtp= rcpt=no user="},
       {"action x maildir \"/m/%{dest.user[0]:raw}\" junk user vmail", delivery,
        "maildir maildir=/m/%{dest.user[0]:raw} junk=yes lmtp= rcpt=no user=vmail"},
       {"action x lmtp \"/run/lmtp\"", delivery,
        "lmtp maildir= junk=no lmtp=/run/lmtp rcpt=no user="},
       {"action x lmtp localhost:24 rcpt-to user vmail", delivery,
        "lmtp maildir= junk=no lmtp=localhost:24 rcpt=yes user=vmail"},
       {"action x expand-only alias { jane = joe }", delivery,
        "expand-only maildir= junk=no lmtp= rcpt=no user="},
       {"action x forward-only", delivery, "forward-only maildir= junk=no lmtp= rcpt=no user="},
       {"action x mbox alias { jane = joe }", jane, "alias joe"},
       {"action x mbox alias { jane => \"joe, jim\" }", jane, "alias joe, jim"},
       {"action x maildir virtual { \"@example.org\" = joe }", jane, "virtual joe"},
       {"action x maildir userbase { jane = \"1:2:/mail/jane\" }", jane, "1 2 /mail/jane"},
       {"action x mbox ttl 30m", rest, "srs=no ttl=1800s"}},
      kRule);
}

// --- settings -----------------------------------------------------------------------------------

std::string mta(const MtaLimits& l) {
  return fmt::format("{} {} {} {} {}", l.per_host, seconds(l.delay_route), seconds(l.keepalive),
                     l.session_mails, l.only_ipv6 ? (*l.only_ipv6 ? "inet6" : "inet4") : "both");
}
std::string mta_all(const Config& c) { return mta(c.mta_limits); }
std::string mta_example(const Config& c) { return mta(c.mta_limits_for.at("example.org")); }
std::string srs(const Config& c) {
  return fmt::format("{} {} {}", c.srs.key, c.srs.backup_key, seconds(c.srs.ttl));
}

std::string probe(const Config& c) {
  if (!c.recovery_probe) return "off";
  return fmt::format("{}s",
                     std::chrono::duration_cast<std::chrono::seconds>(*c.recovery_probe).count());
}

TEST(Values, OfSettings) {
  expect_values(
      {{"", mta_all, "10 5s 10s 100 both"},
       {"mta limit max-conn-per-host 3 conn-delay-route 0", mta_all, "3 0s 10s 100 both"},
       {"mta limit inet4 session-keepalive 3 session-mail-max 7", mta_all, "10 5s 3s 7 inet4"},
       {"mta limit for domain Example.ORG inet6", mta_example, "10 5s 10s 100 inet6"},
       {"mta limit max-conn-per-host 4\nmta limit for domain example.org session-mail-max 1",
        mta_example, "4 5s 10s 1 both"},
       {"mta limit for domain example.org session-mail-max 1\nmta limit max-conn-per-host 4",
        mta_example, "10 5s 10s 1 both"},
       {"srs key new\nsrs key backup old\nsrs ttl 36h", srs, "new old 86400s"},
       {"", srs, "secret  345600s"},
       {"admd example.org", [](const Config& c) { return c.admd; }, "example.org"},
       {"smtp sub-addr-delim \"_\"", [](const Config& c) { return c.sub_address; }, "_"},
       {"smtp ciphers \"HIGH\"", [](const Config& c) { return c.smtp_ciphers; }, "HIGH"},
       {"scheduler limit max-inflight 9 max-schedule 3",
        [](const Config& c) { return std::to_string(c.max_inflight); }, "9"},
       {"mta max-deferred 7", [](const Config& c) { return std::to_string(c.max_deferred); }, "7"},
       {"", probe, "off"},
       {"mta recovery-probe 30s", probe, "30s"},
       {"mta recovery-probe off", probe, "off"},
       {"ca \"*\" cert \"/all\"", [](const Config& c) { return c.ca.at("*").certificate_file; },
        "/all"},
       {"pki c.example.org cert \"/c\" dhe auto",
        [](const Config& c) { return word(c.pki.at("c.example.org").dhe); }, "yes"},
       {"pki c.example.org dhe NONE",
        [](const Config& c) { return word(c.pki.at("c.example.org").dhe); }, "no"}},
      kRule);
}

// --- filters ------------------------------------------------------------------------------------

std::string filter(const Config& c) {
  static constexpr const char* kPhases[] = {"connect", "helo", "ehlo",  "mail-from",
                                            "rcpt-to", "data", "commit"};
  static constexpr const char* kActions[] = {"reject", "disconnect", "rewrite",
                                             "report", "junk",       "bypass"};
  const Filter& f = *c.listeners.at(0).filters.at(0);
  return fmt::format("{} {} {}", kPhases[static_cast<int>(f.phase)],
                     kActions[static_cast<int>(f.action)], f.text);
}

TEST(Values, OfFilters) {
  expect_values(
      {{"filter f phase connect match src { 192.0.2.0/24 } bypass", filter, "connect bypass "},
       {"filter f phase ehlo match !fcrdns junk", filter, "ehlo junk "},
       {"filter f phase helo match helo localhost rewrite mx.example.org", filter,
        "helo rewrite mx.example.org"},
       {"filter f phase mail-from match !auth rewrite \"<>\"", filter, "mail-from rewrite "},
       {"filter f phase mail-from match auth <users> rewrite \"jane@example.org\"", filter,
        "mail-from rewrite jane@example.org"},
       {"filter f phase rcpt-to match rcpt-to regex '^root@' rewrite \"<r@example.org>\"", filter,
        "rcpt-to rewrite r@example.org"},
       {"filter f phase data match mail-from <users> report \"jane writes\"", filter,
        "data report jane writes"},
       {"filter f phase commit match rdns regex '.*' report late", filter, "commit report late"},
       {"filter f phase commit match !rdns disconnect \"421 bye\"", filter,
        "commit disconnect 421 bye"}},
      "listen on lo filter f\n" + kRule);
}

}  // namespace
}  // namespace mxlab::config
