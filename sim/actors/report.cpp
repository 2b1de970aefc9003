#include "sim/actors/report.hpp"

#include <fmt/format.h>

#include "relay/control/texts.hpp"
#include "sim/actors/trace_header.hpp"

namespace mxlab::sim {
namespace {

std::string_view header_of(std::string_view message) {
  const auto end = message.find("\r\n\r\n");
  return end == std::string_view::npos ? message : message.substr(0, end + 2);
}

std::string part(const std::string& boundary, std::string_view description, std::string_view type) {
  return fmt::format("--{}\r\nContent-Description: {}\r\nContent-Type: {}\r\n\r\n", boundary,
                     description, type);
}

std::string notification(const ReportAbout& about, bool delayed) {
  std::string text =
      "    Hi!\r\n\r\n    This is the MAILER-DAEMON, please DO NOT REPLY to this "
      "email.\r\n\r\n";
  if (delayed)
    text += fmt::format(
        "    A message is delayed for more than {} for the following\r\n"
        "    list of recipients:\r\n\r\n",
        control::duration_text(about.failures.front().delay));
  else
    text +=
        "    An error has occurred while attempting to deliver a message for\r\n"
        "    the following list of recipients:\r\n\r\n";
  for (const SpoolEnvelope& failure : about.failures)
    text += fmt::format("{}: {}\r\n", failure.recipient, failure.error);
  return text + "\r\n    Below is a copy of the original message:\r\n\r\n";
}

/// RFC 3464 2.3
std::string status_of(const SpoolEnvelope& failure) {
  if (!failure.status.empty()) return failure.status;
  return failure.delayed ? "4.0.0" : "5.0.0";
}

std::string delivery_status(const ReportAbout& about, bool delayed) {
  std::string text = fmt::format("Reporting-MTA: dns; {}\r\n\r\n", about.host);
  for (const SpoolEnvelope& failure : about.failures)
    text += fmt::format("Final-Recipient: rfc822; {}\r\nAction: {}\r\nStatus: {}\r\n\r\n",
                        failure.recipient, delayed ? "delayed" : "failed", status_of(failure));
  return text;
}

}  // namespace

std::string write_report(const ReportAbout& about) {
  const bool delayed = about.failures.front().delayed;
  const std::string boundary = fmt::format("{}/{}", about.number, about.host);
  std::string text = fmt::format(
      "Subject: Delivery status notification: {}\r\n"
      "From: Mailer Daemon <MAILER-DAEMON@{}>\r\nTo: {}\r\nDate: {}\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed;boundary=\"{}\"\r\nMessage-ID: <{:016x}@{}>\r\n\r\n"
      "This is a MIME-encapsulated message.\r\n\r\n",
      delayed ? "delayed" : "failed", about.host, about.failures.front().sender,
      mail_date(about.now), boundary, about.number, about.host);
  text += part(boundary, "Notification", "text/plain; charset=us-ascii");
  text += notification(about, delayed);
  text += part(boundary, "Delivery Report", "message/delivery-status");
  text += delivery_status(about, delayed);
  text += part(boundary, "Message headers", "text/rfc822-headers");
  return text + fmt::format("{}\r\n--{}--\r\n", header_of(about.original), boundary);
}

}  // namespace mxlab::sim
