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
  std::string text = fmt::format("<{}> {} {}", printable(found.sender), found.size,
                                 found.body_8bit ? "8bit" : "7bit");
  if (found.utf8) text += " utf8";
  if (found.auth) text += " auth";
  if (!found.ret.empty()) text += " ret " + found.ret;
  if (!found.envid.empty()) text += " envid " + found.envid;
  return text;
}

std::string seen_rcpt(std::string_view argument) {
  auto recipient = parse_rcpt(argument);
  if (auto* reply = std::get_if<Reply>(&recipient)) return "! " + reply->text();
  const auto& found = std::get<Recipient>(recipient);
  std::string text = found.address;
  if (!found.notify.empty()) text += " notify " + found.notify;
  if (!found.orcpt.empty()) text += " orcpt " + found.orcpt;
  return text;
}

// D14
TEST(Command, VerbsAreReadInAnyCase) {
  EXPECT_EQ(parse_command("EHLO x").verb, Verb::kEhlo);
  EXPECT_EQ(parse_command("ehlo x").verb, Verb::kEhlo);
  EXPECT_EQ(parse_command("eHlO  x ").argument, "x");
  EXPECT_EQ(parse_command("starttls").verb, Verb::kStartTls);
  EXPECT_EQ(parse_command("MAIL FROM:<a@b>").argument, "FROM:<a@b>");
  EXPECT_EQ(parse_command("QUIT ").argument, "");
  for (const char* line : {"", " ", " QUIT", "QUITS", "MAIL:", "GETS / HTTP/1.1", "EXPN x"})
    EXPECT_EQ(parse_command(line).verb, Verb::kUnknown) << line;
}

constexpr const char* kNotAscii =
    "! 553 5.6.7 Address is not ASCII, which needs SMTPUTF8 and clean UTF-8";

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
      {"FROM:<a@b> BODY=BINARYMIME",
       "! 555 5.5.4 Unsupported parameter: BODY=BINARYMIME, 8BITMIME is offered"},
      {"FROM:<a@b> BODY=9BIT", "! 501 5.5.4 Invalid command arguments: BODY"},
      {"FROM:<a@b> BODY=7BIT BODY=7BIT", "! 501 5.5.4 Invalid command arguments: BODY"},
      {"FROM:<a@b> x", "! 555 5.5.4 Unsupported parameter: X"},
      {"FROM:<a@b>SIZE=1", "! 501 5.1.7 Bad sender's mailbox address syntax"},
      {"FROM:a@b", "! 501 5.1.7 Bad sender's mailbox address syntax"},
      {"FROM:<a>", "! 501 5.1.7 Bad sender's mailbox address syntax"},
      {"FROM <a@b>", "! 501 5.5.4 Invalid command arguments: FROM:<address> expected"},
      {"TO:<a@b>", "! 501 5.5.4 Invalid command arguments: FROM:<address> expected"},
      {"", "! 501 5.5.4 Invalid command arguments: FROM:<address> expected"},
      {"FROM:<\xc3\xa4@b>", kNotAscii},
      {"FROM:<\xc3\xa4@b> SMTPUTF8", "<??@b> 0 7bit utf8"},
      {"FROM:<a@b> SMTPUTF8", "<a@b> 0 7bit utf8"},
      {"FROM:<a@b> SMTPUTF8=1", "! 501 5.5.4 Invalid command arguments: SMTPUTF8"},
      {"FROM:<\xc3@b> SMTPUTF8", kNotAscii},
      {"FROM:<\xc2\x85@b> SMTPUTF8", kNotAscii},
  };
  for (auto [argument, expected] : cases)
    EXPECT_EQ(seen_mail(argument), expected) << printable(argument);
  EXPECT_EQ(seen_mail("FROM:<" + std::string(253, 'a') + "@b>"), "! 501 5.1.7 Address too long");
}

TEST(Command, RcptTakesAPathAndItsParameters) {
  EXPECT_EQ(seen_rcpt("TO:<a@b>"), "a@b");
  EXPECT_EQ(seen_rcpt("to: <a@b> "), "a@b");
  EXPECT_EQ(seen_rcpt("TO:<Postmaster>"), "Postmaster");
  EXPECT_EQ(seen_rcpt("TO:<@x.example:a@b>"), "a@b");
  EXPECT_EQ(seen_rcpt("TO:<>"), "! 501 5.1.3 Bad destination mailbox address syntax");
  EXPECT_EQ(seen_rcpt("TO:<a@b> SIZE=5"), "! 555 5.5.4 Unsupported parameter: SIZE");
  EXPECT_EQ(seen_rcpt("FROM:<a@b>"),
            "! 501 5.5.4 Invalid command arguments: TO:<address> expected");
}

// D41: what RFC 3461 5.1 wants refused is refused with 501
TEST(Command, WrongOrRepeatedNotificationParametersAreRefused) {
  const std::string long_id(101, 'a'), long_address = "rfc822;" + std::string(500, 'a');
  for (std::string parameters :
       {"RET=", "RET=BODY", "RET", "RET=FULL RET=FULL", "RET=FULL RET=HDRS", "ENVID=", "ENVID",
        "ENVID=a=b", "ENVID=a+4", "ENVID=a+4x", "ENVID=a+4a", "ENVID=+0D+0ABcc:", "ENVID=+00",
        "ENVID=a ENVID=a", "ENVID=+FF", "ENVID=a+"})
    EXPECT_EQ(seen_mail("FROM:<a@b> " + parameters), "! 501 5.5.4 Invalid command arguments: " +
                                                         parameters.substr(0, parameters.find('=')))
        << parameters;
  EXPECT_EQ(seen_mail("FROM:<a@b> ENVID=" + long_id),
            "! 501 5.5.4 Invalid command arguments: ENVID");
  for (std::string parameters : {"NOTIFY=",
                                 "NOTIFY",
                                 "NOTIFY=ALWAYS",
                                 "NOTIFY=NEVER,DELAY",
                                 "NOTIFY=DELAY,NEVER",
                                 "NOTIFY=,DELAY",
                                 "NOTIFY=DELAY,",
                                 "NOTIFY=NEVER NOTIFY=NEVER",
                                 "ORCPT=",
                                 "ORCPT",
                                 "ORCPT=a@b",
                                 "ORCPT=;a@b",
                                 "ORCPT=rfc822;",
                                 "ORCPT=rfc 822;a",
                                 "ORCPT=rfc822;a=b",
                                 "ORCPT=rfc822;a+",
                                 "ORCPT=rfc822;+0A",
                                 "ORCPT=rfc822;\xc3\xa4",
                                 "ORCPT=utf-8;\xc3",
                                 "ORCPT=rfc822;a@b ORCPT=rfc822;a@b"})
    EXPECT_EQ(seen_rcpt("TO:<a@b> " + parameters), "! 501 5.5.4 Invalid command arguments: " +
                                                       parameters.substr(0, parameters.find('=')))
        << printable(parameters);
  EXPECT_EQ(seen_rcpt("TO:<a@b> ORCPT=" + long_address),
            "! 501 5.5.4 Invalid command arguments: ORCPT");
}

// D41, D42: they are kept as they were given
TEST(Command, NotificationParametersAreKeptAsGiven) {
  EXPECT_EQ(seen_mail("FROM:<a@b> RET=fUll ENVID=QQ314159+2Bx"),
            "<a@b> 0 7bit ret fUll envid QQ314159+2Bx");
  EXPECT_EQ(seen_mail("FROM:<a@b> RET=HDRS SIZE=7 ENVID=" + std::string(100, 'a')),
            "<a@b> 7 7bit ret HDRS envid " + std::string(100, 'a'));
  EXPECT_EQ(seen_rcpt("TO:<a@b> NOTIFY=Success,DELAY ORCPT=rfc822;Bob+2B1@Example.COM"),
            "a@b notify Success,DELAY orcpt rfc822;Bob+2B1@Example.COM");
  EXPECT_EQ(seen_rcpt("TO:<a@b> orcpt=X-Foo;+20 notify=never"), "a@b notify never orcpt X-Foo;+20");
  EXPECT_EQ(seen_rcpt("TO:<a@b> ORCPT=utf-8;\xc3\xa4@b"), "a@b orcpt utf-8;\xc3\xa4@b");
}

TEST(Command, AuthOfASenderIsReadAndNotBelieved) {
  EXPECT_EQ(seen_mail("FROM:<a@b> AUTH=<>"), "<a@b> 0 7bit auth");
  EXPECT_EQ(seen_mail("FROM:<a@b> AUTH=e+3Dmc2@example.com"), "<a@b> 0 7bit auth");
  EXPECT_EQ(seen_mail("FROM:<a@b> AUTH="), "! 501 5.5.4 Invalid command arguments: AUTH");
  EXPECT_EQ(seen_mail("FROM:<a@b> AUTH=a+b"), "! 501 5.5.4 Invalid command arguments: AUTH");
}

// D39
TEST(Command, AChunkHasASizeAndPerhapsIsTheLast) {
  auto seen = [](std::string_view argument) -> std::string {
    const auto chunk = parse_bdat(argument);
    if (!chunk) return "!";
    return std::to_string(chunk->size) + (chunk->last ? " last" : "");
  };
  EXPECT_EQ(seen("0"), "0");
  EXPECT_EQ(seen("86 LAST"), "86 last");
  EXPECT_EQ(seen("0  last"), "0 last");
  EXPECT_EQ(seen("18446744073709551615"), "18446744073709551615");
  for (const char* wrong : {"", "LAST", "-1", "+1", "1x", "1 LAST x", "1LAST", "0x10", "1.5",
                            "18446744073709551616", "1 FIRST"})
    EXPECT_EQ(seen(wrong), "!") << wrong;
}

}  // namespace
}  // namespace mxlab::smtp
