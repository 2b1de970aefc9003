// messages.hpp - what is asked and answered over the control socket.
//
// mxrelayctl asks one Request at a time. The relay answers with any number of records, each a line,
// and one last line {"status":N}: the exit status, with an "error" in words when there is one.
//   {"text":"…"}      printed as it stands, with a line end
//   {"record":{…}}    one object of an answer in JSON
//   {"bytes":N}       N raw bytes follow (a message), printed as they stand
// A person may speak it by hand: socat - UNIX-CONNECT:/run/mxrelay/control.sock
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "relay/control/frames.hpp"

namespace mxlab::control {

/// {"command":"show queue","arguments":["1a2b3c4d"],"json":true}
struct Request {
  std::string command;  // whole words: "pause smtp", "show queue"
  std::vector<std::string> arguments;
  bool json = false;
};

/// A letter handed in on this host: {"command":"submit","sender":…,"recipients":[…],…}. The body
/// follows at once, in pieces (see frames.hpp); after its end the relay answers with a Submitted.
struct SubmitRequest {
  std::string sender;  // user@domain; empty is the null sender
  std::vector<std::string> recipients;
  std::string dsn_notify, dsn_ret, dsn_envid;  // RFC 3461, as sendmail(8) -N, -R and -V give them
};
struct Submitted {
  int code = 0;      // an SMTP reply's; with 250 the message is the relay's
  std::string text;  // "2.0.0 1a2b3c4d Message accepted for delivery"
};

struct TextRecord {
  std::string text;
};
struct JsonRecord {
  std::string json;  // one object
};
struct BytesRecord {
  std::size_t count = 0;
};
struct LastRecord {
  int status = 0;
  std::string error;  // for stderr; empty: none
};
using AnswerRecord = std::variant<TextRecord, JsonRecord, BytesRecord, LastRecord>;

inline constexpr std::size_t kMaxArguments = 64;
inline constexpr std::size_t kMaxSubmitRecipients = 10'000;

std::string encode(const Request& request);
std::string encode(const SubmitRequest& request);
std::string encode(const Submitted& answer);
std::string encode(const TextRecord& record);
std::string encode(const JsonRecord& record);
std::string encode(const LastRecord& record);

/// What the line asks for. Throws FrameError: no JSON, a field missing or of another type.
std::variant<Request, SubmitRequest> decode_request(std::string_view line);
AnswerRecord decode_answer(std::string_view line);
Submitted decode_submitted(std::string_view line);

}  // namespace mxlab::control
