#include "relay/smtp/command.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "relay/smtp/address.hpp"
#include "relay/smtp/ascii.hpp"
#include "relay/smtp/utf8.hpp"

namespace mxlab::smtp {
namespace {

constexpr std::array<std::pair<std::string_view, Verb>, 20> kVerbs{{
    {"HELO", Verb::kHelo},    {"EHLO", Verb::kEhlo}, {"MAIL", Verb::kMail},
    {"RCPT", Verb::kRcpt},    {"DATA", Verb::kData}, {"BDAT", Verb::kBdat},
    {"RSET", Verb::kRset},    {"NOOP", Verb::kNoop}, {"VRFY", Verb::kVrfy},
    {"HELP", Verb::kHelp},    {"QUIT", Verb::kQuit}, {"STARTTLS", Verb::kStartTls},
    {"AUTH", Verb::kAuth},    {"GET", Verb::kHttp},  {"POST", Verb::kHttp},
    {"HEAD", Verb::kHttp},    {"PUT", Verb::kHttp},  {"OPTIONS", Verb::kHttp},
    {"CONNECT", Verb::kHttp}, {"PRI", Verb::kHttp},
}};

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

Reply bad_path(PathError error, PathKind kind) {
  const bool sender = kind == PathKind::kReverse;
  if (error == PathError::kNotAscii) return not_ascii();
  if (error == PathError::kTooLong)  // RFC 5321 4.5.3.1
    return Reply(501, sender ? "5.1.7" : "5.1.3", "Address too long");
  return sender ? Reply(501, "5.1.7", "Bad sender's mailbox address syntax")
                : Reply(501, "5.1.3", "Bad destination mailbox address syntax");
}

/// The path of "FROM:<path> …" or "TO:<path> …".
std::variant<Path, Reply> parse_argument(std::string_view argument, std::string_view keyword,
                                         PathKind kind) {
  if (!starts_ignoring_case(argument, keyword))
    return Reply(501, "5.5.4",
                 "Invalid command arguments: " + std::string(keyword) + "<address> expected");
  // A blank behind the colon is wrong and common.
  auto path = parse_path(trim(argument.substr(keyword.size())), kind, Charset::kUtf8);
  if (auto* error = std::get_if<PathError>(&path)) return bad_path(*error, kind);
  Path& found = std::get<Path>(path);
  if (!found.rest.empty() && !found.rest.starts_with(' '))
    return bad_path(PathError::kSyntax, kind);
  return std::move(found);
}

}  // namespace

Reply not_ascii() {
  return Reply(553, "5.6.7", "Address is not ASCII, which needs SMTPUTF8 and clean UTF-8");
}

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
  if (auto refusal = read_mail_parameters(trim(path.rest), mail)) return std::move(*refusal);
  if (!mail.utf8 && !is_ascii(mail.sender)) return not_ascii();
  return mail;
}

std::variant<Recipient, Reply> parse_rcpt(std::string_view argument) {
  auto parsed = parse_argument(argument, "TO:", PathKind::kForward);
  if (auto* refusal = std::get_if<Reply>(&parsed)) return std::move(*refusal);
  Path& path = std::get<Path>(parsed);
  Recipient recipient;
  recipient.address = std::move(path.address);
  if (auto refusal = read_rcpt_parameters(trim(path.rest), recipient)) return std::move(*refusal);
  return recipient;
}

std::optional<ChunkArguments> parse_bdat(std::string_view argument) {
  ChunkArguments chunk;
  const auto [end, error] =
      std::from_chars(argument.data(), argument.data() + argument.size(), chunk.size);
  if (error != std::errc()) return {};
  const auto rest = argument.substr(static_cast<std::size_t>(end - argument.data()));
  chunk.last = !rest.empty();
  if (chunk.last && !(rest.starts_with(' ') && equals_ignoring_case(trim(rest), "LAST"))) return {};
  return chunk;
}

}  // namespace mxlab::smtp
