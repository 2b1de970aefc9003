#include "relay/queue/bounce.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "relay/queue/report_text.hpp"

namespace mxlab::queue {
namespace {

constexpr std::size_t kMostReturnedHeader = 64 * 1024;
constexpr std::size_t kLongestHostName = 255;  // RFC 5321 4.5.3.1.2
constexpr std::size_t kLongestMailbox = 320;   // 64 + "@" + 255

// In the order of BounceKind.
constexpr std::array<std::string_view, 4> kWords = {"failed", "delayed", "delivered", "relayed"};
constexpr std::array<std::string_view, 4> kNotify = {"FAILURE", "DELAY", "SUCCESS", "SUCCESS"};
constexpr std::array<std::string_view, 4> kUnknownStatus = {"5.0.0", "4.0.0", "2.0.0", "2.0.0"};
constexpr std::array<std::string_view, 4> kExplanations = {
    "Your message could not be delivered to the following recipients.\r\n"
    "It will not be tried again.\r\n",
    "Your message has not yet been delivered to the following recipients.\r\n"
    "This is a warning only: you need not send it again.\r\n",
    "Your message was delivered to the following recipients.\r\n",
    "Your message was handed on, for the following recipients, to a server\r\n"
    "that does not promise to report its delivery.\r\n"};

template <class Words>
std::string_view of(const Words& words, BounceKind kind) {
  return words.at(static_cast<std::size_t>(kind));
}

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// Whether a comma list holds a word, in any case.
bool lists(std::string_view list, std::string_view word) {
  auto same = [](char a, char b) { return upper(a) == b; };
  for (std::size_t at = 0; at <= list.size();) {
    const auto end = std::min(list.find(',', at), list.size());
    const auto item = list.substr(at, end - at);
    if (std::equal(item.begin(), item.end(), word.begin(), word.end(), same)) return true;
    at = end + 1;
  }
  return false;
}

bool is_reply(std::string_view text) {
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() >= 3 && std::all_of(text.begin(), text.begin() + 3, digit) &&
         (text.size() == 3 || text[3] == ' ' || text[3] == '-');
}

/// The code that was given, else the class that the reply's first digit says (RFC 3463 2), else
/// what the kind of report means.
std::string status_of(const Envelope& about, BounceKind kind) {
  const auto& failure = about.last_failure;
  if (!failure.enhanced.empty()) return failure.enhanced;
  const auto unknown = of(kUnknownStatus, kind);
  if (is_reply(failure.text) && std::string_view("245").find(failure.text[0]) != std::string::npos)
    return failure.text.substr(0, 1) + std::string(unknown.substr(1));
  return std::string(unknown);
}

/// What the sender may know: an alias's target is not the sender's business.
const std::string& shown_recipient(const Envelope& about) {
  return about.internal || about.destination.empty() ? about.recipient : about.destination;
}

Script script_of(const Report& report) {
  return needs_utf8(report) ? Script::kUtf8 : Script::kAscii;
}

/// "rfc822; a@b", or the type of RFC 6533 3 in the form that the report can hold.
std::string typed_address(const Report& report, const std::string& address) {
  if (is_ascii(address)) return "rfc822; " + address;
  return "utf-8; " + (needs_utf8(report) ? address : embed_unicode(address));
}

std::string per_message_fields(const Report& report) {
  std::string out;
  // RFC 3464 2.2.1: given back as it was meant, without its xtext encoding
  if (const auto& envid = report.about.front().dsn.envid; !envid.empty())
    out += header_field("Original-Envelope-Id", decode_xtext(envid));
  out += header_field("Reporting-MTA", "dns; " + report.host);
  if (report.arrival != TimePoint{}) out += header_field("Arrival-Date", mail_date(report.arrival));
  return out;
}

/// From ORCPT alone (RFC 3464 2.3.1). Its type utf-8 has an encoding of its own (RFC 6533 3).
std::string original_recipient(const Report& report, std::string_view orcpt) {
  const auto semicolon = orcpt.find(';');
  if (semicolon == std::string_view::npos) return {};
  const std::string type(orcpt.substr(0, semicolon));
  const std::string_view address = orcpt.substr(semicolon + 1);
  std::string shown = decode_xtext(address);
  if (lists(type, "UTF-8"))
    shown = needs_utf8(report) ? extract_unicode(address) : embed_unicode(extract_unicode(address));
  return header_field("Original-Recipient", type + "; " + shown, script_of(report));
}

// RFC 3464 2.3
std::string per_recipient_fields(const Report& report, const Envelope& about) {
  const auto& failure = about.last_failure;
  std::string out = "\r\n" + original_recipient(report, about.dsn.orcpt);
  out += header_field("Final-Recipient", typed_address(report, shown_recipient(about)),
                      script_of(report));
  out += header_field("Action", of(kWords, report.kind));
  out += header_field("Status", status_of(about, report.kind));
  if (!failure.remote.empty()) out += header_field("Remote-MTA", "dns; " + failure.remote);
  if (!failure.text.empty())
    out += header_field("Diagnostic-Code",
                        (is_reply(failure.text) ? "smtp; " : "x-mxlab; ") + failure.text,
                        script_of(report));
  // The report's envelope came to be with the attempt that it is about.
  out += header_field("Last-Attempt-Date",
                      mail_date(about.creation == TimePoint{} ? report.now : about.creation));
  if (report.kind == BounceKind::kDelayed && report.will_retry_until != TimePoint{})
    out += header_field("Will-Retry-Until", mail_date(report.will_retry_until));
  return out;
}

/// "4 hours", "30 seconds": in the largest unit that divides it.
std::string span_in_words(Duration span) {
  struct Unit {
    std::int64_t seconds;
    const char* name;
  };
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span).count();
  for (const Unit& unit : {Unit{86400, "day"}, Unit{3600, "hour"}, Unit{60, "minute"}})
    if (seconds >= unit.seconds && seconds % unit.seconds == 0)
      return std::to_string(seconds / unit.seconds) + " " + unit.name +
             (seconds == unit.seconds ? "" : "s");
  return std::to_string(seconds) + (seconds == 1 ? " second" : " seconds");
}

std::string words_for_people(const Report& report) {
  std::string out = "This is the mail system at " +
                    printable(report.host).substr(0, kLongestHostName) +
                    ".\r\nPlease do not reply to this message.\r\n\r\n";
  out += of(kExplanations, report.kind);
  if (const auto delay = report.about.front().bounce_delay;
      report.kind == BounceKind::kDelayed && delay > Duration::zero())
    out += "It has been waiting for more than " + span_in_words(delay) + ".\r\n";
  if (report.kind == BounceKind::kDelayed && report.will_retry_until != TimePoint{})
    out += "It will be tried again until " + mail_date(report.will_retry_until) + ".\r\n";
  out += "\r\n";
  for (const auto& about : report.about) {
    // A header field is a line of "name: words", folded: just what is wanted here.
    const auto& failure = about.last_failure;
    auto who = failure.remote.empty() ? std::string() : failure.remote + " said: ";
    const auto& address = shown_recipient(about);
    auto shown = needs_utf8(report) || is_ascii(address) ? address : embed_unicode(address);
    out +=
        header_field("  <" + printable(shown, script_of(report)).substr(0, kLongestMailbox) + ">",
                     who + failure.text, script_of(report));
  }
  return out;
}

struct Part {
  std::string type;
  std::string description;
  std::string encoding;  // empty: 7bit
  std::string body;
};

/// Lines that fit, and no NUL: what 8BITMIME and SMTPUTF8 carry.
bool is_carried_in_utf8(std::string_view text) {
  std::string seven_bit(text);
  for (char& c : seven_bit) c = static_cast<char>(c & 0x7f ? c & 0x7f : c);
  return is_plain(seven_bit);
}

/// RFC 6533 5: the same with UTF-8 in the headers.
Part returned_utf8_part(const Report& report) {
  if (report.full && is_carried_in_utf8(report.original))
    return {"message/global", "Undelivered message", "8bit", with_crlf(report.original)};
  auto header = with_crlf(header_section(report.original).substr(0, kMostReturnedHeader));
  if (is_carried_in_utf8(header))
    return {"message/global-headers", "Message headers", "8bit", header};
  return {"text/rfc822-headers", "Message headers", "quoted-printable", quoted_printable(header)};
}

/// RFC 6522 3: the message as it is, or its header section.
Part returned_part(const Report& report) {
  if (needs_utf8(report)) return returned_utf8_part(report);
  if (report.full && is_plain(report.original))
    return {"message/rfc822", "Undelivered message", "", with_crlf(report.original)};
  auto header = with_crlf(header_section(report.original).substr(0, kMostReturnedHeader));
  if (is_plain(header)) return {"text/rfc822-headers", "Message headers", "", header};
  return {"text/rfc822-headers", "Message headers", "quoted-printable", quoted_printable(header)};
}

std::string free_boundary(const std::vector<Part>& parts) {
  for (int n = 1;; ++n) {
    std::string boundary = fmt::format("=_mxlab_report_{}", n);
    auto holds = [&](const Part& p) { return p.body.find(boundary) != std::string::npos; };
    if (std::none_of(parts.begin(), parts.end(), holds)) return boundary;
  }
}

std::string write_part(const Part& part, const std::string& boundary) {
  std::string out = "--" + boundary + "\r\nContent-Description: " + part.description +
                    "\r\nContent-Type: " + part.type + "\r\n";
  if (!part.encoding.empty()) out += "Content-Transfer-Encoding: " + part.encoding + "\r\n";
  return out + "\r\n" + part.body + "\r\n";
}

std::string write_header(const Report& report, const std::string& boundary) {
  const std::string subject =
      "Delivery status notification: " + std::string(of(kWords, report.kind));
  return header_field("Date", mail_date(report.now)) +
         header_field("From", "Mailer Daemon <MAILER-DAEMON@" + report.host + ">") +
         header_field("To", report.about.front().sender, script_of(report)) +
         header_field("Subject", subject) +
         header_field("Message-Id", "<" + report.message_id + ">") +
         "Auto-Submitted: auto-replied\r\n"  // RFC 3834 5
         "MIME-Version: 1.0\r\n"
         "Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"" +
         boundary + "\"\r\n\r\n";
}

}  // namespace

bool may_bounce(const Envelope& about, BounceKind kind) {
  if (about.sender.empty() || about.kind == EnvelopeKind::kBounce) return false;
  // RFC 3461 4.1: without NOTIFY failures and delays are reported, success is not.
  if (about.dsn.notify.empty()) return kind == BounceKind::kFailed || kind == BounceKind::kDelayed;
  return lists(about.dsn.notify, of(kNotify, kind));
}

bool needs_utf8(const Report& report) { return !is_ascii(report.about.front().sender); }

std::string write_report(const Report& report) {
  std::string status = per_message_fields(report);
  for (const auto& about : report.about) status += per_recipient_fields(report, about);
  const bool utf8 = needs_utf8(report);
  const std::vector<Part> parts = {
      {utf8 ? "text/plain; charset=utf-8" : "text/plain; charset=us-ascii", "Notification",
       utf8 ? "8bit" : "", words_for_people(report)},
      {utf8 ? "message/global-delivery-status" : "message/delivery-status", "Delivery Report",
       utf8 ? "8bit" : "", status},
      returned_part(report)};
  const std::string boundary = free_boundary(parts);
  std::string out = write_header(report, boundary) + "This is a MIME-encapsulated message.\r\n\r\n";
  for (const auto& part : parts) out += write_part(part, boundary);
  return out + "--" + boundary + "--\r\n";
}

}  // namespace mxlab::queue
