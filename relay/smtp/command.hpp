// command.hpp - what a client's command line says: verb, path, parameters (RFC 5321 4.1.1).
//
// Pure: a line in, a value or the refusing reply out. Whether the command may come now, and whether
// we want its sender or recipient, is asked elsewhere.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "relay/smtp/parameters.hpp"
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
  kBdat,
  kRset,
  kNoop,
  kVrfy,
  kHelp,
  kQuit,
  kStartTls,
  kAuth,
  kHttp,  // GET, POST …: a browser, made to speak to us by somebody else's page
};

struct Command {
  Verb verb = Verb::kUnknown;
  std::string argument;  // what follows the verb, blanks around it removed
};

Command parse_command(std::string_view line);

/// Of "FROM:<path> parameters". An address beyond ASCII needs SMTPUTF8 (RFC 6531 3.4).
std::variant<MailArguments, Reply> parse_mail(std::string_view argument);
/// Of "TO:<path> parameters". An address beyond ASCII is passed: the caller knows whether MAIL said
/// SMTPUTF8.
std::variant<Recipient, Reply> parse_rcpt(std::string_view argument);
/// RFC 6531 3.5: the refusal of an address beyond ASCII.
Reply not_ascii();

/// Of "BDAT size [LAST]" (RFC 3030 2).
struct ChunkArguments {
  std::uint64_t size = 0;
  bool last = false;
};
std::optional<ChunkArguments> parse_bdat(std::string_view argument);

}  // namespace mxlab::smtp
