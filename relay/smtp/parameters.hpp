// parameters.hpp - what may follow the path of MAIL and RCPT: SIZE, BODY, SMTPUTF8, AUTH, and those
// of delivery status notifications (RFC 3461 4).
//
// Pure: checked for syntax and for coming twice. Whether we offer the extension at all is asked
// elsewhere. Notification parameters are kept exactly as they were given: they travel on unchanged.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/smtp/reply.hpp"

namespace mxlab::smtp {

inline constexpr std::size_t kMaxEnvelopeId = 100;         // RFC 3461 4.4
inline constexpr std::size_t kMaxOriginalRecipient = 500;  // RFC 3461 4.2

struct MailArguments {
  std::string sender;      // empty: the null path
  std::uint64_t size = 0;  // SIZE= (RFC 1870), 0 when absent
  bool body_8bit = false;  // BODY=8BITMIME (RFC 6152)
  bool utf8 = false;       // SMTPUTF8 (RFC 6531)
  bool auth = false;       // AUTH= was given (RFC 4954 5); what it says is believed of nobody
  std::string ret, envid;  // RET=, ENVID=; empty when absent
};

/// A forward path and what the client asked for it.
struct Recipient {
  std::string address;        // "local@domain", or Postmaster
  std::string notify, orcpt;  // NOTIFY=, ORCPT=; empty when absent
};

/// Reads all parameters behind a path into `mail`; or the reply that refuses them.
std::optional<Reply> read_mail_parameters(std::string_view parameters, MailArguments& mail);
/// The same for RCPT.
std::optional<Reply> read_rcpt_parameters(std::string_view parameters, Recipient& recipient);

/// RFC 5321 4.1.1.11: what we do not know, or do not offer here.
Reply unsupported_parameter(std::string_view keyword);

/// RFC 3461 4: printable, '+' and '=' as "+2B" and "+3D"; what it stands for is printable too.
bool is_xtext(std::string_view text);

}  // namespace mxlab::smtp
