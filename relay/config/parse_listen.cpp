// parse_listen.cpp - `listen on …`.
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "relay/config/context.hpp"
#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxTag = 31;  // smtpd(8)'s SMTPD_TAG_SIZE, less its end
constexpr std::size_t kMaxPki = 32;
constexpr std::uint16_t kSmtpPort = 25, kSmtpsPort = 465, kSubmissionPort = 587;

constexpr std::array kInterfaceOptions{
    "inet4"sv,   "inet6"sv,     "port"sv,          "tls"sv,    "tls-require"sv, "smtps"sv,
    "pki"sv,     "auth"sv,      "auth-optional"sv, "filter"sv, "hostname"sv,    "tag"sv,
    "ca"sv,      "hostnames"sv, "mask-src"sv,      "no-dsn"sv, "proxy-v2"sv,    "received-auth"sv,
    "senders"sv, "ciphers"sv,   "protocols"sv};
constexpr std::array kSocketOptions{"filter"sv, "tag"sv, "mask-src"sv, "no-dsn"sv};

/// One `listen` line while it is read.
struct ListenLine {
  Context& context;
  Cursor& cursor;
  Listen listen;
  std::map<std::string, Span> given{};  // what may be given once: "port", "TLS mode"
  bool port_given = false;

  void once(const std::string& what, const Span& span) {
    if (!given.emplace(what, span).second) fail(span, what + " already specified");
  }
};

std::uint16_t service_port(const Token& token) {
  if (token.text == "smtp") return kSmtpPort;
  if (token.text == "smtps" || token.text == "submissions") return kSmtpsPort;
  if (token.text == "submission") return kSubmissionPort;
  fail(token.span, "invalid port: " + token.text,
       "a number from 1 to 65535, or smtp, smtps or submission");
}

void parse_port(ListenLine& line, const Span& span) {
  line.once("port", span);
  line.port_given = true;
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

void parse_tls(ListenLine& line, const Token& option) {
  line.once("TLS mode", option.span);
  line.listen.tls = option.text == "tls"           ? ListenTls::kOffered
                    : option.text == "tls-require" ? ListenTls::kRequired
                                                   : ListenTls::kImplicit;
  if (option.text == "tls" || !line.cursor.peek().is_word("verify")) return;
  not_supported(line.context, line.cursor.take().span, option.text + " verify");
}

void parse_listen_pki(ListenLine& line, const Span& span) {
  Token name = line.cursor.expect_string("the name of a pki");
  line.given.emplace("pki", span);
  name.text = lowered(name.text);
  if (!known(line.context, Kind::kPki, name)) return;
  const Pki& pki = line.context.config.pki.at(name.text);
  const std::string line_of = "pki " + name.text;
  if (pki.certificate_file.empty())
    fail(name.span, line_of + " has no certificate", "add: " + line_of + " cert \"/path\"");
  if (pki.key_file.empty())
    fail(name.span, line_of + " has no key", "add: " + line_of + " key \"/path\"");
  if (line.listen.pki.size() == kMaxPki) fail(name.span, "too many pki specified");
  line.listen.pki.push_back(pki);
}

void parse_auth(ListenLine& line, const Token& option) {
  line.once("auth", option.span);
  if (line.cursor.at_table())
    parse_table_use(line.context, line.cursor, Lookup::kText, option.text);
  if (option.text == "auth") {
    line.listen.auth = ListenAuth::kRequired;
    return not_supported(line.context, option.span, "auth");
  }
  line.listen.auth = ListenAuth::kOptional;
}

void parse_tag(ListenLine& line, const Span& span) {
  line.once("tag", span);
  const Token tag = line.cursor.expect_string("a tag");
  if (tag.text.size() > kMaxTag) fail(tag.span, "tag name too long", "at most 31 characters");
  line.listen.tag = tag.text;
}

void parse_family(ListenLine& line, const Token& option) {
  line.once("address family", option.span);
  line.listen.only_ipv6 = option.text == "inet6";
  const std::optional<Network> literal = parse_network(line.listen.interface);
  if (literal && literal->address.is_v6() != *line.listen.only_ipv6)
    fail(option.span, option.text + " contradicts the address " + line.listen.interface);
}

// Reads the argument too, so that the rest of the line can still be checked.
void parse_unsupported(ListenLine& line, const Token& option) {
  const std::string& word = option.text;
  not_supported(line.context, option.span, "listen option " + word);
  if (word == "ca" || word == "ciphers" || word == "protocols")
    line.cursor.expect_string("a value after " + word);
  if (word == "hostnames" || word == "senders")
    parse_table_use(line.context, line.cursor, Lookup::kText, word);
  if (word == "senders") line.cursor.accept_word("masquerade");
}

void parse_option(ListenLine& line, const Token& option) {
  const std::string& word = option.text;
  if (word == "inet4" || word == "inet6") return parse_family(line, option);
  if (word == "port") return parse_port(line, option.span);
  if (word == "tls" || word == "tls-require" || word == "smtps") return parse_tls(line, option);
  if (word == "pki") return parse_listen_pki(line, option.span);
  if (word == "auth" || word == "auth-optional") return parse_auth(line, option);
  if (word == "tag") return parse_tag(line, option.span);
  if (word == "filter") {
    line.once("filter", option.span);
    line.listen.filters = parse_filter_use(line.context, line.cursor);
  } else if (word == "hostname") {
    line.once("hostname", option.span);
    line.listen.hostname = expect_host_name(line.cursor, "hostname");
  } else {
    parse_unsupported(line, option);
  }
}

void check_tls(const ListenLine& line) {
  const bool tls = line.listen.tls != ListenTls::kNone;
  const auto given = [&](const char* what) { return line.given.find(what); };
  if (!tls && given("auth") != line.given.end())
    fail(given("auth")->second, "invalid listen option: auth requires tls/smtps",
         "passwords must not travel in the clear: add tls pki NAME to this line");
  if (!tls && given("pki") != line.given.end())
    fail(given("pki")->second, "invalid listen option: pki requires tls/smtps",
         "add tls, tls-require or smtps to this line");
  if (tls && given("pki") == line.given.end())
    fail(given("TLS mode")->second, "invalid listen option: pki required for tls/smtps",
         "name the certificate: tls pki mx.example.org");
}

void warn_of_auth(ListenLine& line) {
  if (line.listen.auth != ListenAuth::kOptional) return;
  line.context.report.warning(line.given.at("auth"), "auth-optional: AUTH is not offered yet",
                              "senders may connect without it, as the word says");
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
  const Words options = line.listen.socket ? Words(kSocketOptions) : Words(kInterfaceOptions);
  while (!cursor.at_end())
    parse_option(line, cursor.expect_word(options, line.listen.socket ? "option of listen on socket"
                                                                      : "listen option"));
  check_tls(line);
  warn_of_auth(line);
  if (line.listen.tls == ListenTls::kImplicit && !line.port_given) line.listen.port = kSmtpsPort;
  context.config.listeners.push_back(std::move(line.listen));
}

}  // namespace mxlab::config
