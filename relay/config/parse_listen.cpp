// parse_listen.cpp - `listen on …`.
#include <algorithm>
#include <array>
#include <utility>

#include "relay/config/context.hpp"
#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

constexpr std::size_t kMaxTag = 31;  // smtpd(8)'s SMTPD_TAG_SIZE, less its end
constexpr std::size_t kMaxPki = 32;
constexpr std::uint16_t kSmtpPort = 25, kSmtpsPort = 465, kSubmissionPort = 587;

/// One `listen` line while it is read.
struct ListenLine {
  Context& context;
  Cursor& cursor;
  Listen listen;
  std::map<std::string, Span> given{};  // what may be given once: "port", "TLS mode"

  void once(const std::string& what, const Span& span) {
    if (!given.emplace(what, span).second) fail(span, what + " already specified");
  }
  bool has(const std::string& what) const { return given.contains(what); }
};

// --- where --------------------------------------------------------------------------------------

void parse_family(ListenLine& line, const Token& option) {
  line.once("address family", option.span);
  line.listen.only_ipv6 = option.text == "inet6";
  const std::optional<Network> literal = parse_network(line.listen.interface);
  if (literal && literal->address.is_v6() != *line.listen.only_ipv6)
    fail(option.span, option.text + " contradicts the address " + line.listen.interface);
}

std::uint16_t service_port(const Token& token) {
  if (token.text == "smtp") return kSmtpPort;
  if (token.text == "smtps" || token.text == "submissions") return kSmtpsPort;
  if (token.text == "submission") return kSubmissionPort;
  fail(token.span, "invalid port: " + token.text,
       "a number from 1 to 65535, or smtp, smtps or submission");
}

void parse_port(ListenLine& line, const Token& option) {
  line.once("port", option.span);
  const Token& token = line.cursor.peek();
  if (token.kind == Token::Kind::kNumber) {
    const Span number = token.span;
    const std::string text = token.text;
    const std::uint64_t port = line.cursor.expect_number("a port");
    if (port == 0 || port > 65535)
      fail(number, "invalid port: " + text, "a number from 1 to 65535");
    line.listen.port = static_cast<std::uint16_t>(port);
    return;
  }
  if (token.kind == Token::Kind::kEnd || token.kind == Token::Kind::kSign)
    line.cursor.fail_expected("a port");
  line.listen.port = service_port(line.cursor.take());
}

// --- TLS ----------------------------------------------------------------------------------------

void parse_tls(ListenLine& line, const Token& option) {
  line.once("TLS mode", option.span);
  line.listen.tls = option.text == "tls"           ? ListenTls::kOffered
                    : option.text == "tls-require" ? ListenTls::kRequired
                                                   : ListenTls::kImplicit;
  const Token next = line.cursor.peek();
  if (!line.cursor.accept_word("verify")) return;
  if (option.text == "tls")
    fail(next.span, "tls cannot verify: who need not encrypt need not show a certificate",
         "tls-require verify, or smtps verify");
  line.listen.verify_client = true;
}

// The first is the certificate for everybody who does not name a server (SNI, RFC 6066 3).
void parse_listen_pki(ListenLine& line, const Token& option) {
  line.given.emplace("pki", option.span);
  const Span span = line.cursor.peek().span;
  const Pki* pki = parse_pki_use(line.context, line.cursor);
  if (!pki) return;
  if (line.listen.pki.size() == kMaxPki) fail(span, "too many pki specified");
  line.listen.pki.push_back(*pki);
}

void parse_listen_ca(ListenLine& line, const Token& option) {
  line.once("ca", option.span);
  line.listen.ca = parse_ca_use(line.context, line.cursor);
}

void parse_listen_tuning(ListenLine& line, const Token& option) {
  line.once(option.text, option.span);
  parse_tuning(line.cursor, option, line.listen.tuning);
}

// --- who ----------------------------------------------------------------------------------------

void parse_auth(ListenLine& line, const Token& option) {
  line.once("auth", option.span);
  line.listen.auth = option.text == "auth" ? ListenAuth::kRequired : ListenAuth::kOptional;
  if (line.cursor.at_table())
    line.listen.credentials =
        parse_table_use(line.context, line.cursor, Lookup::kCredentials, option.text);
}

void parse_senders(ListenLine& line, const Token& option) {
  line.once("senders", option.span);
  line.listen.senders = parse_table_use(line.context, line.cursor, Lookup::kSenders, "senders");
  line.listen.masquerade = line.cursor.accept_word("masquerade");
}

void parse_listen_filter(ListenLine& line, const Token& option) {
  line.once("filter", option.span);
  line.listen.filters = parse_filter_use(line.context, line.cursor);
}

void parse_tag(ListenLine& line, const Token& option) {
  line.once("tag", option.span);
  const Token tag = line.cursor.expect_string("a tag");
  if (tag.text.size() > kMaxTag) fail(tag.span, "tag name too long", "at most 31 characters");
  line.listen.tag = tag.text;
}

// --- how we appear ------------------------------------------------------------------------------

void parse_hostname(ListenLine& line, const Token& option) {
  line.once("hostname", option.span);
  line.listen.hostname = expect_host_name(line.cursor, "hostname");
}

void parse_hostnames(ListenLine& line, const Token& option) {
  line.once("hostnames", option.span);
  line.listen.hostnames =
      parse_table_use(line.context, line.cursor, Lookup::kHostNames, "hostnames");
}

void parse_switch(ListenLine& line, const Token& option) {
  line.once(option.text, option.span);
  if (option.text == "mask-src") line.listen.mask_source = true;
  if (option.text == "no-dsn") line.listen.no_dsn = true;
  if (option.text == "proxy-v2") line.listen.proxy_v2 = true;
  if (option.text == "received-auth") line.listen.received_auth = true;
}

struct Option {
  std::string_view word;
  void (*parse)(ListenLine&, const Token&);
  bool socket = false;  // listen on socket has it too
};
constexpr std::array kOptions{Option{"inet4", parse_family},
                              Option{"inet6", parse_family},
                              Option{"port", parse_port},
                              Option{"tls", parse_tls},
                              Option{"tls-require", parse_tls},
                              Option{"smtps", parse_tls},
                              Option{"pki", parse_listen_pki},
                              Option{"ca", parse_listen_ca},
                              Option{"auth", parse_auth},
                              Option{"auth-optional", parse_auth},
                              Option{"filter", parse_listen_filter, true},
                              Option{"hostname", parse_hostname},
                              Option{"hostnames", parse_hostnames},
                              Option{"mask-src", parse_switch, true},
                              Option{"no-dsn", parse_switch, true},
                              Option{"proxy-v2", parse_switch},
                              Option{"received-auth", parse_switch},
                              Option{"senders", parse_senders},
                              Option{"tag", parse_tag, true},
                              Option{"ciphers", parse_listen_tuning},
                              Option{"protocols", parse_listen_tuning}};

void parse_options(ListenLine& line) {
  const bool socket = line.listen.socket;
  std::vector<std::string_view> words;
  for (const Option& option : kOptions)
    if (option.socket || !socket) words.push_back(option.word);
  while (!line.cursor.at_end()) {
    const Token word =
        line.cursor.expect_word(words, socket ? "option of listen on socket" : "listen option");
    const auto* option = std::find_if(kOptions.begin(), kOptions.end(),
                                      [&](const Option& o) { return o.word == word.text; });
    option->parse(line, word);
  }
}

// --- the whole line -----------------------------------------------------------------------------

void check_tls(const ListenLine& line) {
  const bool tls = line.listen.tls != ListenTls::kNone;
  if (!tls && line.has("auth"))
    fail(line.given.at("auth"), "invalid listen option: auth requires tls/smtps",
         "passwords must not travel in the clear: add tls pki NAME to this line");
  if (!tls && line.has("pki"))
    fail(line.given.at("pki"), "invalid listen option: pki requires tls/smtps",
         "add tls, tls-require or smtps to this line");
  if (tls && !line.has("pki"))
    fail(line.given.at("TLS mode"), "invalid listen option: pki required for tls/smtps",
         "name the certificate: tls pki mx.example.org");
}

// What is allowed, and does not do what its author hopes.
void warn_of_idle_options(const ListenLine& line) {
  Report& report = line.context.report;
  if (line.has("auth") && !line.listen.credentials)
    report.warning(line.given.at("auth"), "nobody can log in: no table holds the passwords",
                   "system accounts are not asked; name a table: auth <users>");
  for (const char* option : {"senders", "received-auth"})
    if (line.has(option) && !line.has("auth"))
      report.warning(line.given.at(option), std::string(option) + " does nothing without auth");
  for (const char* option : {"ca", "ciphers", "protocols"})
    if (line.has(option) && !line.has("TLS mode"))
      report.warning(line.given.at(option),
                     std::string(option) + " does nothing without tls, tls-require or smtps");
}

}  // namespace

void parse_listen(Context& context, Cursor& cursor) {
  if (!cursor.accept_word("on")) cursor.fail_expected("\"on\" after listen");
  ListenLine line{context, cursor, {}};
  const Token where = cursor.peek();
  if (cursor.accept_word("socket")) {
    if (context.any_socket) fail(where.span, "socket listener already configured");
    context.any_socket = true;
    line.listen.socket = true;
    line.listen.port = 0;
  } else {
    line.listen.interface = cursor.expect_string("an interface, an address or socket").text;
  }
  parse_options(line);
  check_tls(line);
  warn_of_idle_options(line);
  if (line.listen.tls == ListenTls::kImplicit && !line.has("port")) line.listen.port = kSmtpsPort;
  context.config.listeners.push_back(std::move(line.listen));
}

}  // namespace mxlab::config
