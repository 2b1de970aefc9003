// command.hpp - what a client's command line says: verb, path, parameters (RFC 5321 4.1.1).
//
// Pure: a line in, a value or the refusing reply out. Whether the command may come now, and whether
// we want its sender or recipient, is asked elsewhere.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "relay/smtp/reply.hpp"

namespace mxlab::smtp {

/// RFC 5321 4.5.3.1.4 says 512, and extensions add to it.
inline constexpr std::size_t kMaxCommandLine = 2048;

enum class Verb {
  kUnknown,
  kHelo,
  kEhlo,
  kMail,
  kRcpt,
  kData,
  kRset,
  kNoop,
  kVrfy,
  kHelp,
  kQuit,
  kStartTls,
};

struct Command {
  Verb verb = Verb::kUnknown;
  std::string argument;  // what follows the verb, blanks around it removed
};

Command parse_command(std::string_view line);

struct MailArguments {
  std::string sender;      // empty: the null path
  std::uint64_t size = 0;  // SIZE= (RFC 1870), 0 when absent
  bool body_8bit = false;  // BODY=8BITMIME (RFC 6152)
};

/// Of "FROM:<path> parameters".
std::variant<MailArguments, Reply> parse_mail(std::string_view argument);
/// Of "TO:<path>": the recipient.
std::variant<std::string, Reply> parse_rcpt(std::string_view argument);

}  // namespace mxlab::smtp
