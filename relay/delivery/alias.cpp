#include "relay/delivery/alias.hpp"

#include <algorithm>

#include "relay/config/units.hpp"
#include "relay/smtp/address.hpp"
#include "relay/smtp/ascii.hpp"

namespace mxlab::delivery {
namespace {

constexpr std::string_view kInclude = ":include:", kError = "error:";
constexpr std::size_t kMaxMembers = 10'000;  // of one entry or list

/// One member without its quotes, and the rest behind its comma.
std::string take_word(std::string_view& rest) {
  std::string word;
  bool quoted = false;
  std::size_t i = 0;
  for (; i < rest.size() && (quoted || rest[i] != ','); ++i) {
    if (rest[i] == '"')
      quoted = !quoted;
    else if (rest[i] == '\\' && i + 1 < rest.size())
      word += rest[++i];
    else
      word += rest[i];
  }
  rest.remove_prefix(std::min(i + 1, rest.size()));
  word.erase(0, word.find_first_not_of(" \t\r"));
  word.erase(word.find_last_not_of(" \t\r") + 1);
  return word;
}

/// "550 text", "451 text": a refusal that SMTP knows.
bool is_refusal(std::string_view text) {
  constexpr std::size_t kCode = 3;
  return text.size() > kCode + 1 && (text[0] == '4' || text[0] == '5') && smtp::is_digit(text[1]) &&
         smtp::is_digit(text[2]) && text[kCode] == ' ' &&
         std::all_of(text.begin(), text.end(), smtp::is_printable);
}

bool is_user_name(std::string_view text) {
  return !text.empty() && text.size() <= smtp::kMaxPath && text.front() != '-' &&
         text.front() != '.' && std::all_of(text.begin(), text.end(), [](char c) {
           return smtp::is_graphic(c) &&
                  std::string_view("/\\\"<>()[]:;,@|&!").find(c) == std::string_view::npos;
         });
}

Member read_member(std::string word) {
  if (word.starts_with('|')) return {MemberKind::kCommand, std::move(word)};
  if (word.starts_with('/')) return {MemberKind::kFile, std::move(word)};
  if (smtp::starts_ignoring_case(word, kInclude)) {
    word.erase(0, kInclude.size());
    return {word.starts_with('/') ? MemberKind::kInclude : MemberKind::kInvalid, std::move(word)};
  }
  if (smtp::starts_ignoring_case(word, kError)) {
    word.erase(0, kError.size());
    return {is_refusal(word) ? MemberKind::kError : MemberKind::kInvalid, std::move(word)};
  }
  if (!smtp::check_mailbox(word, smtp::Charset::kUtf8))
    return {MemberKind::kAddress, std::move(word)};
  if (is_user_name(word)) return {MemberKind::kUser, config::lowered(word)};
  return {MemberKind::kInvalid, std::move(word)};
}

}  // namespace

std::vector<Member> parse_members(std::string_view value) {
  std::vector<Member> members;
  while (!value.empty() && members.size() < kMaxMembers)
    if (std::string word = take_word(value); !word.empty())
      members.push_back(read_member(std::move(word)));
  return members;
}

std::vector<Member> parse_list(std::string_view text) {
  std::vector<Member> members;
  while (!text.empty() && members.size() < kMaxMembers) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    line = line.substr(0, line.find('#'));
    for (Member& member : parse_members(line)) members.push_back(std::move(member));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return members;
}

std::string trouble_with(const Member& member) {
  switch (member.kind) {
    case MemberKind::kCommand:
      return "not supported: we run no programs";
    case MemberKind::kFile:
      return "not supported: we write to no files but mailboxes";
    case MemberKind::kInvalid:
      return "no user, no address and no list";
    case MemberKind::kUser:
    case MemberKind::kAddress:
    case MemberKind::kError:
    case MemberKind::kInclude:
      break;
  }
  return {};
}

}  // namespace mxlab::delivery
