// parse_pki.cpp - certificates: `pki`, `ca`, and where listeners and actions name them.
#include "relay/config/context.hpp"
#include "relay/config/tls_versions.hpp"
#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kDheWords[] = {"none"sv, "auto"sv, "legacy"sv};

// "*" or a domain name, in lower case.
std::string declare_certificate(Context& context, Cursor& cursor, Kind kind) {
  const Token name =
      cursor.expect_string(kind == Kind::kCa ? "the name of a ca" : "the name of a pki");
  if (name.text != "*" && !valid_host_name(name.text))
    fail(name.span, "not a valid domain name: " + name.text);
  const std::string key = lowered(name.text);
  context.declared.emplace(std::pair(kind, key), name.span);
  return key;
}

void parse_dhe(Pki& pki, const Token& value) {
  const std::string word = lowered(value.text);
  bool known_word = false;
  for (std::string_view known : kDheWords) known_word = known_word || known == word;
  if (!known_word)
    fail(value.span, "invalid DHE keyword: " + value.text,
         did_you_mean(word, kDheWords, "it may be " + listed(kDheWords)));
  pki.dhe = word != "none";
}

}  // namespace

void parse_pki(Context& context, Cursor& cursor) {
  const std::string key = declare_certificate(context, cursor, Kind::kPki);
  Pki& pki = context.config.pki[key];
  pki.name = key;
  static constexpr std::string_view kParts[] = {"cert"sv, "key"sv, "dhe"sv};
  do {
    const Token part = cursor.expect_word(kParts, "pki option");
    const Token value = cursor.expect_string(part.text == "dhe" ? "none, auto or legacy after dhe"
                                                                : "a file name after " + part.text);
    set_once(context, "pki " + key + " " + part.text, part.span);
    if (part.text == "dhe")
      parse_dhe(pki, value);
    else
      (part.text == "cert" ? pki.certificate_file : pki.key_file) = value.text;
  } while (!cursor.at_end());
}

void parse_ca(Context& context, Cursor& cursor) {
  const std::string key = declare_certificate(context, cursor, Kind::kCa);
  static constexpr std::string_view kParts[] = {"cert"sv};
  const Token part = cursor.expect_word(kParts, "ca option");
  set_once(context, "ca " + key + " cert", part.span);
  const std::string file = cursor.expect_string("a file name after cert").text;
  cursor.expect_end("the file's name");
  context.config.ca[key] = {key, file};
}

const Pki* parse_pki_use(Context& context, Cursor& cursor) {
  Token name = cursor.expect_string("the name of a pki");
  name.text = lowered(name.text);
  if (!known(context, Kind::kPki, name)) return nullptr;
  const Pki& pki = context.config.pki.at(name.text);
  const std::string line_of = "pki " + name.text;
  if (pki.certificate_file.empty())
    fail(name.span, line_of + " has no certificate", "add: " + line_of + " cert \"/path\"");
  if (pki.key_file.empty())
    fail(name.span, line_of + " has no key", "add: " + line_of + " key \"/path\"");
  return &pki;
}

std::string parse_ca_use(Context& context, Cursor& cursor) {
  Token name = cursor.expect_string("the name of a ca");
  name.text = lowered(name.text);
  return known(context, Kind::kCa, name) ? name.text : std::string();
}

void parse_tuning(Cursor& cursor, const Token& option, TlsTuning& tuning) {
  const Token value = cursor.expect_string("a value after " + option.text);
  if (value.text.empty()) fail(value.span, option.text + " must not be empty");
  if (option.text == "ciphers") {
    tuning.ciphers = value.text;
    return;
  }
  if (!parse_tls_versions(value.text))
    fail(value.span, "not a list of TLS versions: " + value.text,
         "names with commas between them: \"tlsv1.2,tlsv1.3\"");
  tuning.protocols = value.text;
}

}  // namespace mxlab::config
