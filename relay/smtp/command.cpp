#include "relay/smtp/command.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "relay/smtp/address.hpp"
#include "relay/smtp/ascii.hpp"

namespace mxlab::smtp {
namespace {

constexpr std::array<std::pair<std::string_view, Verb>, 11> kVerbs{{
    {"HELO", Verb::kHelo},
    {"EHLO", Verb::kEhlo},
    {"MAIL", Verb::kMail},
    {"RCPT", Verb::kRcpt},
    {"DATA", Verb::kData},
    {"RSET", Verb::kRset},
    {"NOOP", Verb::kNoop},
    {"VRFY", Verb::kVrfy},
    {"HELP", Verb::kHelp},
    {"QUIT", Verb::kQuit},
    {"STARTTLS", Verb::kStartTls},
}};

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

/// The path of "FROM:<path> …" or "TO:<path> …".
std::variant<Path, Reply> parse_argument(std::string_view argument, std::string_view keyword,
                                         PathKind kind) {
  if (!starts_ignoring_case(argument, keyword))
    return Reply(501, "5.5.4",
                 "Invalid command arguments: " + std::string(keyword) + "<address> expected");
  // A blank behind the colon is wrong and common.
  auto path = parse_path(trim(argument.substr(keyword.size())), kind);
  if (auto* found = std::get_if<Path>(&path)) {
    if (found->rest.empty() || found->rest.starts_with(' ')) return std::move(*found);
    path = PathError::kSyntax;
  }
  const bool sender = kind == PathKind::kReverse;
  switch (std::get<PathError>(path)) {
    case PathError::kNotAscii:  // RFC 6531 3.5
      return Reply(553, "5.6.7", "Non-ASCII addresses are not supported here");
    case PathError::kTooLong:  // RFC 5321 4.5.3.1
      return Reply(501, sender ? "5.1.7" : "5.1.3", "Address too long");
    case PathError::kSyntax:
      break;
  }
  return sender ? Reply(501, "5.1.7", "Bad sender's mailbox address syntax")
                : Reply(501, "5.1.3", "Bad destination mailbox address syntax");
}

Reply bad_parameter(std::string_view keyword) {
  return Reply(501, "5.5.4", "Invalid command arguments: " + printable(keyword, 40));
}

/// RFC 1870 3: at most 20 digits; a number beyond ours is simply the largest.
std::optional<std::uint64_t> parse_size(std::string_view digits) {
  std::uint64_t size = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (digits.empty() || digits.size() > 20 || end != digits.data() + digits.size()) return {};
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  if (error != std::errc()) return {};
  return size;
}

/// Reads the parameters of one MAIL command; each may come once.
class MailParameters {
 public:
  std::optional<Reply> add(std::string_view parameter, MailArguments& mail) {
    const std::size_t equals = parameter.find('=');
    std::string keyword = to_upper(parameter.substr(0, equals));
    std::string_view value =
        equals == std::string_view::npos ? std::string_view() : parameter.substr(equals + 1);
    if (keyword == "SIZE") return add_size(value, mail);
    if (keyword == "BODY") return add_body(value, mail);
    // RFC 5321 4.1.1.11
    return Reply(555, "5.5.4", "Unsupported parameter: " + printable(keyword, 40));
  }

 private:
  std::optional<Reply> add_size(std::string_view value, MailArguments& mail) {
    auto size = parse_size(value);
    if (!size || std::exchange(has_size_, true)) return bad_parameter("SIZE");
    mail.size = *size;
    return {};
  }
  std::optional<Reply> add_body(std::string_view value, MailArguments& mail) {
    mail.body_8bit = equals_ignoring_case(value, "8BITMIME");
    const bool known = mail.body_8bit || equals_ignoring_case(value, "7BIT");
    if (!known || std::exchange(has_body_, true)) return bad_parameter("BODY");
    return {};
  }

  bool has_size_ = false;
  bool has_body_ = false;
};

}  // namespace

Command parse_command(std::string_view line) {
  const std::size_t end = line.find_first_of(" \t");
  std::string_view word = line.substr(0, end);
  for (auto [name, verb] : kVerbs)
    if (equals_ignoring_case(word, name))
      return {verb, std::string(trim(line.substr(word.size())))};
  return {};
}

std::variant<MailArguments, Reply> parse_mail(std::string_view argument) {
  auto parsed = parse_argument(argument, "FROM:", PathKind::kReverse);
  if (auto* refusal = std::get_if<Reply>(&parsed)) return std::move(*refusal);
  Path& path = std::get<Path>(parsed);
  MailArguments mail;
  mail.sender = std::move(path.address);
  MailParameters parameters;
  for (std::string_view rest = trim(path.rest); !rest.empty();) {
    std::string_view parameter = rest.substr(0, rest.find(' '));
    rest = trim(rest.substr(parameter.size()));
    if (auto refusal = parameters.add(parameter, mail)) return std::move(*refusal);
  }
  return mail;
}

std::variant<std::string, Reply> parse_rcpt(std::string_view argument) {
  auto parsed = parse_argument(argument, "TO:", PathKind::kForward);
  if (auto* refusal = std::get_if<Reply>(&parsed)) return std::move(*refusal);
  Path& path = std::get<Path>(parsed);
  std::string_view rest = trim(path.rest);
  if (!rest.empty())  // no extension that we offer adds a parameter to RCPT
    return Reply(
        555, "5.5.4",
        "Unsupported parameter: " + printable(rest.substr(0, rest.find_first_of(" =")), 40));
  return std::move(path.address);
}

}  // namespace mxlab::smtp
