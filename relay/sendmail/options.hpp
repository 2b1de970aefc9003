// options.hpp - the command line of sendmail(8), as the programs of a Unix host use it.
#pragma once
#include <string>
#include <variant>
#include <vector>

namespace mxlab::sendmail {

/// sysexits.h: what programs that call sendmail understand.
enum Exit : int {
  kOk = 0,
  kUsage = 64,        // EX_USAGE
  kDataError = 65,    // EX_DATAERR
  kNoUser = 67,       // EX_NOUSER
  kUnavailable = 69,  // EX_UNAVAILABLE
  kSoftware = 70,     // EX_SOFTWARE
  kTemporary = 75,    // EX_TEMPFAIL
};

enum class Mode {
  kSubmit,
  kShowQueue,   // -bp, mailq
  kRunQueue,    // -q
  kNewAliases,  // -bi, newaliases
};

struct SendmailOptions {
  Mode mode = Mode::kSubmit;
  bool recipients_from_header = false;  // -t
  bool dot_ends = true;                 // until -i, -oi
  bool verbose = false;                 // -v
  bool sender_given = false;
  std::string sender;              // -f, -r; "" (or <>) is the null sender
  std::string full_name;           // -F
  std::string notify, ret, envid;  // -N, -R, -V
  std::string socket = "/run/mxrelay/submit.sock";
  std::vector<std::string> recipients;
};

/// Nothing is to be handed in: what to say instead, and the exit status.
struct Stop {
  int status = kUsage;
  std::string text;
};

/// `arguments` with the program's own name. What sendmail has and nobody needs is ignored: -A, -B,
/// -C, -e, -h, -L, -m, -n, -o…, -O…, -p, -U, -X, -x and their like.
std::variant<SendmailOptions, Stop> read_command_line(const std::vector<std::string>& arguments,
                                                      const std::string& version);

}  // namespace mxlab::sendmail
