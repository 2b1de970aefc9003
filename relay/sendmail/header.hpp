// header.hpp - what sendmail makes of a letter's header: who gets it, and what is missing. Pure.
#pragma once
#include <string>
#include <vector>

#include "relay/sendmail/letter.hpp"
#include "relay/world/time.hpp"

namespace mxlab::sendmail {

/// Who writes, where and when.
struct Writer {
  std::string sender;     // the envelope's, user@domain
  std::string full_name;  // for From; may be empty
  std::string host;       // for Message-ID
  world::TimePoint now{};
  std::uint64_t random = 0;
};

/// The addresses in To, Cc and Bcc; those of a letter that is sent on (Resent-To, …) instead when
/// there are any (RFC 5322 3.6.6).
std::vector<std::string> recipients_in(const std::vector<Field>& header);

/// The header as it goes out, with LF line ends and the empty line: Bcc and Return-Path leave;
/// From, Date and Message-ID come where they are missing (RFC 6409 8).
std::string complete_header(const std::vector<Field>& header, const Writer& writer);

}  // namespace mxlab::sendmail
