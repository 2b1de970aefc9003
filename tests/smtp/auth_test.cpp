// AUTH: only under TLS, in both mechanisms, and never in a journal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/smtp/sasl.hpp"
#include "tests/smtp/raw_client.hpp"

namespace mxlab::smtp {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string kAlice = encode_base64("\0alice\0secret"s), kWrong = encode_base64("\0alice\0x"s);
const std::string kDone = "235 2.7.0 Authentication succeeded";
const std::string kFailed = "535 5.7.8 Authentication failed";
const std::string kMail = "MAIL FROM:<a@x.test>";

struct Submission : Lab {
  explicit Submission(AuthPolicy policy = AuthPolicy::kOptional) {
    use_tls();
    server_options.auth = policy;
    boot_server();
  }
};

TEST(Sasl, Base64IsReadStrictly) {
  EXPECT_EQ(decode_base64("QWxh"), "Ala");
  EXPECT_EQ(decode_base64("QWw="), "Al");
  EXPECT_EQ(decode_base64("QQ=="), "A");
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("/+A="), "\xff\xe0");
  for (const char* wrong :
       {"Q", "QQ", "QQ=", "Q===", "====", "QQ==QQ==", "QW h", "QR==", "QWx=", "QWx\n", "QQ=Q",
        "\xc3\xa4"
        "ab"})
    EXPECT_EQ(decode_base64(wrong), std::nullopt) << wrong;
  EXPECT_EQ(decode_base64("QQ\0="s), std::nullopt);
  for (const char* text : {"", "A", "Al", "Ala", "Alad"})
    EXPECT_EQ(decode_base64(encode_base64(text)), text);
}

TEST(Sasl, PlainNamesAUserAndAPassword) {
  const auto login = read_plain("\0alice\0a secret"s);
  ASSERT_TRUE(login);
  EXPECT_EQ(login->user, "alice");
  EXPECT_EQ(login->password, "a secret");
  EXPECT_TRUE(read_plain("alice\0alice\0x"s)) << "as himself";
  for (const std::string& wrong : {"root\0alice\0x"s, ""s, "alice"s, "\0alice"s, "\0\0x"s,
                                   "\0alice\0"s, "\0alice\0x\0"s, "\0alice\0x\0y"s})
    EXPECT_FALSE(read_plain(wrong));
}

TEST(Auth, IsOfferedUnderTlsAlone) {
  Submission lab;
  const Seen plain = lab.talk({await("ESMTP\r\n"), say("EHLO x\r\n"), await("250 HELP\r\n")});
  EXPECT_THAT(plain.text, Not(HasSubstr("AUTH")));
  std::string under_tls;
  lab.run_client([&](World& world) -> awaitable<void> {
    RawClient client(world, co_await world.network.connect(lab.endpoint()));
    co_await client.open(lab.client_options.tls);
    co_await client.send("EHLO x\r\n");
    for (std::string line; !line.starts_with("250 ");) {
      while (client.connection().has_input()) {
        line = client.connection().next_line()->text;
        under_tls += line + "\n";
      }
      if (!line.starts_with("250 "))
        co_await client.connection().fill(client.connection().after(9s));
    }
  });
  EXPECT_THAT(under_tls, HasSubstr("250-AUTH PLAIN LOGIN\n"));
  EXPECT_THAT(under_tls, Not(HasSubstr("STARTTLS")));
}

TEST(Auth, PlainAndLoginInAllTheirForms) {
  const std::vector<std::vector<std::string>> forms = {
      {"AUTH PLAIN " + kAlice},
      {"AUTH PLAIN", kAlice},
      {"auth plain", kAlice},
      {"AUTH LOGIN", encode_base64("alice"), encode_base64("secret")},
      {"AUTH LOGIN " + encode_base64("alice"), encode_base64("secret")}};
  for (const auto& form : forms) {
    Submission lab;
    auto says = form;
    says.insert(says.end(), {kMail, "RCPT TO:<b@y.test>", "DATA", "text\r\n."});
    const Replies replies = replies_to(lab, says);
    ASSERT_EQ(replies.size(), says.size()) << form[0];
    EXPECT_EQ(replies[form.size() - 1], kDone) << form[0];
    EXPECT_THAT(lab.inbox.users, ElementsAre("alice")) << "the message knows who sent it";
  }
}

TEST(Auth, AsksForNameAndPasswordInTheWordsThatClientsExpect) {
  Submission lab;
  EXPECT_THAT(replies_to(lab, {"AUTH LOGIN", encode_base64("alice"), encode_base64("secret")}),
              ElementsAre("334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", kDone));
  EXPECT_THAT(replies_to(lab, {"AUTH PLAIN", kAlice}), ElementsAre("334 ", kDone));
}

TEST(Auth, WhatIsNotALogInIsRefusedAndTheSessionLives) {
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"AUTH"}, "501 5.5.4 Invalid command arguments: AUTH mechanism"},
      {{"AUTH CRAM-MD5"}, "504 5.5.4 Unsupported mechanism: PLAIN and LOGIN are offered"},
      {{"AUTH PLAIN", "*"}, "501 5.7.0 Authentication cancelled"},
      {{"AUTH LOGIN", "*"}, "501 5.7.0 Authentication cancelled"},
      {{"AUTH LOGIN", "YWxpY2U=", "*"}, "501 5.7.0 Authentication cancelled"},
      {{"AUTH PLAIN not!base64"}, "501 5.5.2 Cannot decode your base64"},
      {{"AUTH PLAIN", "x"}, "501 5.5.2 Cannot decode your base64"},
      {{"AUTH PLAIN ="}, "501 5.5.2 Not a PLAIN response for your own name"},
      {{"AUTH PLAIN " + encode_base64("root\0alice\0secret"s)},
       "501 5.5.2 Not a PLAIN response for your own name"},
      {{"AUTH PLAIN", std::string(3000, 'A')},
       "500 5.5.6 Authentication exchange line is too long or malformed"},
  };
  for (const auto& [lines, expected] : cases) {
    Submission lab;
    auto says = lines;
    says.push_back("NOOP");
    const Replies replies = replies_to(lab, says);
    ASSERT_EQ(replies.size(), says.size()) << lines[0];
    EXPECT_EQ(replies[lines.size() - 1], expected) << lines[0];
    EXPECT_EQ(replies.back(), "250 2.0.0 Ok");
    EXPECT_THAT(lab.inbox.logins, testing::IsEmpty());
  }
}

TEST(Auth, ComesOnceAfterEhloAndOutsideOfMail) {
  Submission lab;
  const std::string order = "503 5.5.1 Invalid command: Command not allowed at this point.";
  EXPECT_THAT(
      replies_to(lab, {"HELO x", "AUTH PLAIN " + kAlice, "EHLO x", kMail, "AUTH PLAIN " + kAlice,
                       "RSET", "AUTH PLAIN " + kAlice, "AUTH PLAIN " + kAlice}),
      ElementsAre(StartsWith("250"), order, StartsWith("250"), "250 2.0.0 Ok", order,
                  "250 2.0.0 Reset state", kDone, order));
}

TEST(Auth, NoPasswordIsTakenInTheClear) {
  Submission lab;
  lab.client_options.tls = nullptr;
  EXPECT_THAT(replies_to(lab, {"AUTH PLAIN " + kAlice}),
              ElementsAre("538 5.7.11 Encryption required: Must issue a STARTTLS command first"));
  EXPECT_THAT(lab.inbox.logins, testing::IsEmpty());
}

TEST(Auth, WhereItIsDemandedNoMailComesWithoutIt) {
  Submission lab(AuthPolicy::kRequired);
  EXPECT_THAT(replies_to(lab, {kMail, "AUTH PLAIN " + kAlice, kMail + " AUTH=<>"}),
              ElementsAre("530 5.7.0 Authentication required", kDone, "250 2.0.0 Ok"));
}

TEST(Auth, WhereItIsNotOfferedItIsUnknown) {
  Lab lab;
  lab.use_tls();
  lab.boot_server();
  EXPECT_THAT(replies_to(lab, {"AUTH PLAIN " + kAlice}),
              ElementsAre("502 5.5.1 Invalid command: Command not supported"));
}

TEST(Auth, ThreeFailuresEndTheSession) {
  Submission lab;
  EXPECT_THAT(
      replies_to(lab,
                 {"AUTH PLAIN " + kWrong, "AUTH PLAIN " + kWrong, "AUTH PLAIN " + kWrong, "NOOP"}),
      ElementsAre(kFailed, kFailed, "421 4.7.0 mx.test Too many failed log-ins, closing connection",
                  "closed"));
  EXPECT_THAT(lab.inbox.logins, ElementsAre("alice:x", "alice:x", "alice:x"));
}

TEST(Auth, NoSecretReachesTheJournal) {
  std::string journal;  // outlives the lab, which still speaks while it ends
  Submission lab;
  lab.simulation.trace().on_event([&](const sim::Event& event) {
    if (event.host == lab.server.index) journal += event.text + "\n";
  });
  replies_to(lab, {"AUTH PLAIN " + kWrong, "AUTH PLAIN", kAlice});
  replies_to(lab, {"AUTH LOGIN", encode_base64("alice"), encode_base64("secret")});
  EXPECT_THAT(journal, HasSubstr("AUTH PLAIN [secret]\n"));
  EXPECT_THAT(journal, HasSubstr("\n[secret]\n"));
  for (const std::string& secret :
       {kWrong, kAlice, "secret\n"s, encode_base64("secret"), encode_base64("alice")})
    if (secret != "secret\n") EXPECT_THAT(journal, Not(HasSubstr(secret)));
}

}  // namespace
}  // namespace mxlab::smtp
