#include "relay/smtp/parameters.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

#include "relay/smtp/ascii.hpp"
#include "relay/smtp/utf8.hpp"

namespace mxlab::smtp {
namespace {

struct Parameter {
  std::string keyword;  // in upper case
  std::string_view value;
  bool has_value = false;
};

/// Takes the first parameter off the text.
Parameter take_parameter(std::string_view& text) {
  std::string_view whole = text.substr(0, text.find(' '));
  text.remove_prefix(whole.size());
  while (text.starts_with(' ')) text.remove_prefix(1);
  const std::size_t equals = whole.find('=');
  if (equals == std::string_view::npos) return {to_upper(whole), {}, false};
  return {to_upper(whole.substr(0, equals)), whole.substr(equals + 1), true};
}

Reply bad_parameter(std::string_view keyword) {
  return Reply(501, "5.5.4", "Invalid command arguments: " + printable(keyword, 40));
}

/// RFC 1870 3: at most 20 digits; a number beyond ours is simply the largest.
std::optional<std::uint64_t> read_size(std::string_view digits) {
  std::uint64_t size = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (digits.empty() || digits.size() > 20 || end != digits.data() + digits.size()) return {};
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  if (error != std::errc()) return {};
  return size;
}

int hex_digit(char c) {  // RFC 3461 4: upper case
  if (is_digit(c)) return c - '0';
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// RFC 3461 4.1: NEVER alone, or a list of the others.
bool is_notify(std::string_view value) {
  if (equals_ignoring_case(value, "NEVER")) return true;
  for (;;) {
    const std::size_t comma = value.find(',');
    std::string_view word = value.substr(0, comma);
    const bool known = equals_ignoring_case(word, "SUCCESS") ||
                       equals_ignoring_case(word, "FAILURE") || equals_ignoring_case(word, "DELAY");
    if (!known || comma == std::string_view::npos) return known;
    value.remove_prefix(comma + 1);
  }
}

/// "rfc822;xtext"; RFC 6533 3: "utf-8;" may also be followed by UTF-8 as it is.
bool is_original_recipient(std::string_view value) {
  const std::size_t semicolon = value.find(';');
  if (semicolon == 0 || semicolon == std::string_view::npos) return false;
  std::string_view type = value.substr(0, semicolon);
  std::string_view address = value.substr(semicolon + 1);
  const bool type_is_atom =
      std::ranges::all_of(type, [](char c) { return is_alpha(c) || is_digit(c) || c == '-'; });
  if (!type_is_atom || address.empty() || value.size() > kMaxOriginalRecipient) return false;
  if (is_ascii(address)) return is_xtext(address);
  const bool graphic =
      std::ranges::none_of(address, [](char c) { return (c >= 0 && c <= 32) || c == 127; });
  return equals_ignoring_case(type, "utf-8") && graphic && is_clean_utf8(address);
}

std::optional<Reply> read_body(const Parameter& parameter, MailArguments& mail) {
  if (equals_ignoring_case(parameter.value, "BINARYMIME"))  // RFC 3030 3: only where offered
    return Reply(555, "5.5.4", "Unsupported parameter: BODY=BINARYMIME, 8BITMIME is offered");
  mail.body_8bit = equals_ignoring_case(parameter.value, "8BITMIME");
  if (!mail.body_8bit && !equals_ignoring_case(parameter.value, "7BIT"))
    return bad_parameter("BODY");
  return {};
}

std::optional<Reply> read_mail_parameter(const Parameter& parameter, MailArguments& mail) {
  if (parameter.keyword == "SIZE") {
    const auto size = read_size(parameter.value);
    if (!size) return bad_parameter("SIZE");
    mail.size = *size;
  } else if (parameter.keyword == "BODY") {
    return read_body(parameter, mail);
  } else if (parameter.keyword == "SMTPUTF8") {
    if (parameter.has_value) return bad_parameter("SMTPUTF8");
    mail.utf8 = true;
  } else if (parameter.keyword == "RET") {  // RFC 3461 4.3
    mail.ret = parameter.value;
    if (!equals_ignoring_case(mail.ret, "FULL") && !equals_ignoring_case(mail.ret, "HDRS"))
      return bad_parameter("RET");
  } else if (parameter.keyword == "ENVID") {  // RFC 3461 4.4
    mail.envid = parameter.value;
    if (mail.envid.empty() || mail.envid.size() > kMaxEnvelopeId || !is_xtext(mail.envid))
      return bad_parameter("ENVID");
  } else if (parameter.keyword == "AUTH") {  // RFC 4954 5
    mail.auth = true;
    const bool nobody = parameter.value == "<>";
    if (parameter.value.empty() || (!nobody && !is_xtext(parameter.value)))
      return bad_parameter("AUTH");
  } else {
    return unsupported_parameter(parameter.keyword);
  }
  return {};
}

std::optional<Reply> read_rcpt_parameter(const Parameter& parameter, Recipient& recipient) {
  if (parameter.keyword == "NOTIFY") {
    recipient.notify = parameter.value;
    if (!is_notify(parameter.value)) return bad_parameter("NOTIFY");
  } else if (parameter.keyword == "ORCPT") {
    recipient.orcpt = parameter.value;
    if (!is_original_recipient(parameter.value)) return bad_parameter("ORCPT");
  } else {
    return unsupported_parameter(parameter.keyword);
  }
  return {};
}

/// Each parameter may come once (RFC 3461 5.1 says so of its own; nothing is won by more).
template <class Arguments, class Read>
std::optional<Reply> read_all(std::string_view parameters, Arguments& arguments, Read read) {
  std::set<std::string> seen;
  while (!parameters.empty()) {
    const Parameter parameter = take_parameter(parameters);
    if (auto refusal = read(parameter, arguments)) return refusal;
    if (!seen.insert(parameter.keyword).second) return bad_parameter(parameter.keyword);
  }
  return {};
}

}  // namespace

std::optional<Reply> read_mail_parameters(std::string_view parameters, MailArguments& mail) {
  return read_all(parameters, mail, read_mail_parameter);
}

std::optional<Reply> read_rcpt_parameters(std::string_view parameters, Recipient& recipient) {
  return read_all(parameters, recipient, read_rcpt_parameter);
}

Reply unsupported_parameter(std::string_view keyword) {
  return Reply(555, "5.5.4", "Unsupported parameter: " + printable(keyword, 40));
}

bool is_xtext(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_graphic(text[i]) || text[i] == '=') return false;
    if (text[i] != '+') continue;
    if (text.size() - i < 3) return false;
    const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    // What is decoded later ends up in the header of a report.
    if (high < 0 || low < 0 || !is_printable(static_cast<char>(high * 16 + low))) return false;
    i += 2;
  }
  return true;
}

}  // namespace mxlab::smtp
