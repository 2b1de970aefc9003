// Command lines, as tables.
#include "relay/smtp/command.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "relay/smtp/ascii.hpp"

namespace mxlab::smtp {
namespace {

std::string seen_mail(std::string_view argument) {
  auto mail = parse_mail(argument);
  if (auto* reply = std::get_if<Reply>(&mail)) return "! " + reply->text();
  const auto& found = std::get<MailArguments>(mail);
  return fmt::format("<{}> {} {}", found.sender, found.size, found.body_8bit ? "8bit" : "7bit");
}

std::string seen_rcpt(std::string_view argument) {
  auto recipient = parse_rcpt(argument);
  if (auto* reply = std::get_if<Reply>(&recipient)) return "! " + reply->text();
  return std::get<std::string>(recipient);
}

// D14
TEST(Command, VerbsAreReadInAnyCase) {
  EXPECT_EQ(parse_command("EHLO x").verb, Verb::kEhlo);
  EXPECT_EQ(parse_command("ehlo x").verb, Verb::kEhlo);
  EXPECT_EQ(parse_command("eHlO  x ").argument, "x");
  EXPECT_EQ(parse_command("starttls").verb, Verb::kStartTls);
  EXPECT_EQ(parse_command("MAIL FROM:<a@b>").argument, "FROM:<a@b>");
  EXPECT_EQ(parse_command("QUIT ").argument, "");
  for (const char* line : {"", " ", " QUIT", "QUITS", "MAIL:", "GET / HTTP/1.1", "BDAT 5"})
    EXPECT_EQ(parse_command(line).verb, Verb::kUnknown) << line;
}

// D14
TEST(Command, MailTakesAPathAndItsParameters) {
  const std::pair<const char*, const char*> cases[] = {
      {"FROM:<a@b>", "<a@b> 0 7bit"},
      {"from:<a@b>", "<a@b> 0 7bit"},
      {"FROM: <a@b>", "<a@b> 0 7bit"},
      {"FROM:<>", "<> 0 7bit"},
      {"FROM:<a@b> SIZE=1000", "<a@b> 1000 7bit"},
      {"FROM:<a@b>  size=1000  body=8bitmime ", "<a@b> 1000 8bit"},
      {"FROM:<a@b> BODY=7BIT", "<a@b> 0 7bit"},
      {"FROM:<a@b> SIZE=99999999999999999999", "<a@b> 18446744073709551615 7bit"},
      {"FROM:<a@b> SIZE=999999999999999999999", "! 501 5.5.4 Invalid command arguments: SIZE"},
      {"FROM:<a@b> SIZE=", "! 501 5.5.4 Invalid command arguments: SIZE"},
      {"FROM:<a@b> SIZE", "! 501 5.5.4 Invalid command arguments: SIZE"},
      {"FROM:<a@b> SIZE=1x", "! 501 5.5.4 Invalid command arguments: SIZE"},
      {"FROM:<a@b> SIZE=-1", "! 501 5.5.4 Invalid command arguments: SIZE"},
      {"FROM:<a@b> SIZE=1 SIZE=1", "! 501 5.5.4 Invalid command arguments: SIZE"},
      {"FROM:<a@b> BODY=BINARYMIME", "! 501 5.5.4 Invalid command arguments: BODY"},
      {"FROM:<a@b> BODY=7BIT BODY=7BIT", "! 501 5.5.4 Invalid command arguments: BODY"},
      {"FROM:<a@b> RET=FULL", "! 555 5.5.4 Unsupported parameter: RET"},
      {"FROM:<a@b> x", "! 555 5.5.4 Unsupported parameter: X"},
      {"FROM:<a@b>SIZE=1", "! 501 5.1.7 Bad sender's mailbox address syntax"},
      {"FROM:a@b", "! 501 5.1.7 Bad sender's mailbox address syntax"},
      {"FROM:<a>", "! 501 5.1.7 Bad sender's mailbox address syntax"},
      {"FROM <a@b>", "! 501 5.5.4 Invalid command arguments: FROM:<address> expected"},
      {"TO:<a@b>", "! 501 5.5.4 Invalid command arguments: FROM:<address> expected"},
      {"", "! 501 5.5.4 Invalid command arguments: FROM:<address> expected"},
      {"FROM:<\xc3\xa4@b>", "! 553 5.6.7 Non-ASCII addresses are not supported here"},
  };
  for (auto [argument, expected] : cases)
    EXPECT_EQ(seen_mail(argument), expected) << printable(argument);
  EXPECT_EQ(seen_mail("FROM:<" + std::string(65, 'a') + "@b>"), "! 501 5.1.7 Address too long");
}

TEST(Command, RcptTakesAPathAndNothingElse) {
  EXPECT_EQ(seen_rcpt("TO:<a@b>"), "a@b");
  EXPECT_EQ(seen_rcpt("to: <a@b> "), "a@b");
  EXPECT_EQ(seen_rcpt("TO:<Postmaster>"), "Postmaster");
  EXPECT_EQ(seen_rcpt("TO:<@x.example:a@b>"), "a@b");
  EXPECT_EQ(seen_rcpt("TO:<>"), "! 501 5.1.3 Bad destination mailbox address syntax");
  EXPECT_EQ(seen_rcpt("TO:<a@b> NOTIFY=NEVER"), "! 555 5.5.4 Unsupported parameter: NOTIFY");
  EXPECT_EQ(seen_rcpt("FROM:<a@b>"),
            "! 501 5.5.4 Invalid command arguments: TO:<address> expected");
}

}  // namespace
}  // namespace mxlab::smtp
