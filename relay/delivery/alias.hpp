// alias.hpp - aliases(5): what one entry of an alias or virtual table names. Pure.
//
// Only reading is done here; who follows the names is recipients.cpp.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mxlab::delivery {

enum class MemberKind {
  kUser,     // joe: in lower case
  kAddress,  // joe@example.org
  kError,    // error:550 text: refuses the recipient with this reply
  kInclude,  // :include:/path: the members that stand in this file
  kCommand,  // |command: not supported, we run no programs
  kFile,     // /path: not supported, we write to no files but mailboxes
  kInvalid,
};

struct Member {
  MemberKind kind = MemberKind::kInvalid;
  std::string text;  // without the prefix that says what it is
};

/// The members of an entry, separated by commas; quotes and backslashes protect what they hold.
std::vector<Member> parse_members(std::string_view value);

/// The members of an included list: lines of them; "#" begins a comment.
std::vector<Member> parse_list(std::string_view text);

/// Why mail for this member can only be refused, in words; empty: it need not be.
std::string trouble_with(const Member& member);

}  // namespace mxlab::delivery
