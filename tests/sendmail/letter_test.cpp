// What sendmail reads from programs, and what it makes of it.
#include "relay/sendmail/letter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/sendmail/addresses.hpp"
#include "relay/sendmail/header.hpp"

namespace mxlab::sendmail {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// The text in pieces of this size.
Source source_of(std::string text, std::size_t piece) {
  return [text = std::move(text), piece, at = std::size_t{0}](std::size_t most) mutable {
    std::string part = text.substr(std::min(at, text.size()), std::min(piece, most));
    at += part.size();
    return part;
  };
}

struct Read {
  std::string header, body;
};

Read read(const std::string& text, bool dot_ends = true, std::size_t piece = 7) {
  Letter letter(source_of(text, piece), dot_ends);
  Read result;
  auto header = letter.read_header();
  if (!header) return {"too long", ""};
  for (const Field& field : *header) result.header += field.text;
  while (auto part = letter.read_body()) result.body += *part;
  return result;
}

TEST(Letter, HasAHeaderAndABody) {
  for (std::size_t piece : {1u, 2u, 3u, 1000u}) {
    const Read letter = read("Subject: x\nTo: a,\n b\n\none\n\ntwo", true, piece);
    EXPECT_EQ(letter.header, "Subject: x\nTo: a,\n b\n") << piece;
    EXPECT_EQ(letter.body, "one\n\ntwo") << piece;
  }
}

TEST(Letter, MayHaveNoHeaderOrNoBody) {
  EXPECT_EQ(read("just text\nmore\n").body, "just text\nmore\n");
  EXPECT_EQ(read("just text\nmore\n").header, "");
  EXPECT_EQ(read("\nbody\n").body, "body\n");
  EXPECT_EQ(read("Subject: x\n").header, "Subject: x\n");
  EXPECT_EQ(read("Subject: x\nno field\n").body, "no field\n");
  EXPECT_EQ(read("").body, "");
}

TEST(Letter, LosesTheFromLineOfAnMbox) {
  const Read letter = read("From bob Mon Nov  2 00:00:00 2026\nSubject: x\n\nFrom here\n");
  EXPECT_EQ(letter.header, "Subject: x\n");
  EXPECT_EQ(letter.body, "From here\n") << "in a body it is text";
}

TEST(Letter, ReadsLineEndsOfBothKinds) {
  const Read letter = read("Subject: x\r\nTo: a\r\n\r\none\r\ntwo\n");
  EXPECT_EQ(letter.header, "Subject: x\nTo: a\n");
  EXPECT_EQ(letter.body, "one\r\ntwo\n") << "the relay makes them alike";
}

TEST(Letter, EndsWithADotUnlessToldOtherwise) {
  for (std::size_t piece : {1u, 2u, 3u, 5u, 1000u}) {
    EXPECT_EQ(read("S: x\n\none\n.\nnever\n", true, piece).body, "one\n") << piece;
    EXPECT_EQ(read("S: x\n\none\r\n.\r\nnever\n", true, piece).body, "one\r\n") << piece;
    EXPECT_EQ(read("S: x\n\none\n.", true, piece).body, "one\n") << piece;
    EXPECT_EQ(read("S: x\n\none\n.x\n..\n", true, piece).body, "one\n.x\n..\n") << piece;
    EXPECT_EQ(read("S: x\n\none.\n", true, piece).body, "one.\n") << piece;
    EXPECT_EQ(read("S: x\n\none\n.\nmore\n", false, piece).body, "one\n.\nmore\n") << piece;
    EXPECT_EQ(read("S: x\n.\nnever\n", true, piece).body, "") << piece;
  }
}

TEST(Letter, OfAnyLengthPassesInPieces) {
  const std::string line(300'000, 'x');
  const std::string body = line + "\n.\n" + line;
  EXPECT_EQ(read("S: x\n\n" + body, false, 1 << 20).body, body);
  EXPECT_EQ(read("S: x\n\n" + body, true, 1 << 20).body, line + "\n");
  EXPECT_EQ(read("S: x\n" + std::string(2 * kMaxHeader, 'y') + "\n", true, 1 << 20).header,
            "too long");
  std::string fields;
  while (fields.size() <= kMaxHeader) fields += "X-Field: something\n";
  EXPECT_EQ(read(fields, true, 1 << 20).header, "too long");
}

TEST(Addresses, AreFoundAmongNamesCommentsAndGroups) {
  EXPECT_THAT(read_addresses(" joe@example.org"), ElementsAre("joe@example.org"));
  EXPECT_THAT(read_addresses(" Joe <joe@example.org>,\n jane@example.org (Jane, \\) the (first))"),
              ElementsAre("joe@example.org", "jane@example.org"));
  EXPECT_THAT(read_addresses("\"Last, First\" <a@b.example>, \"q, x\"@c.example"),
              ElementsAre("a@b.example", "\"q, x\"@c.example"));
  EXPECT_THAT(read_addresses("team: a@x.example, B <b@x.example>;, c@x.example"),
              ElementsAre("a@x.example", "b@x.example", "c@x.example"));
  EXPECT_THAT(read_addresses("undisclosed-recipients:;"), IsEmpty());
  EXPECT_THAT(read_addresses("a @ b.example , local"), ElementsAre("a@b.example", "local"));
  EXPECT_THAT(read_addresses("x@[IPv6:2001:db8::1], \"a\\\"b\"@c.example"),
              ElementsAre("x@[IPv6:2001:db8::1]", "\"a\\\"b\"@c.example"));
  EXPECT_THAT(read_addresses("<a@b.example> trailing, <>, ,"), ElementsAre("a@b.example"));
}

std::vector<Field> header(const std::string& text) {
  return *Letter(source_of(text + "\n", 100), true).read_header();
}

const Writer kWriter{"joe@example.org", "Joe", "host.example.org",
                     world::TimePoint{std::chrono::sys_days(std::chrono::year(2026) / 11 / 2)},
                     255};

TEST(Header, NamesTheRecipients) {
  EXPECT_THAT(recipients_in(header("To: a@x\nCC: b@x\nbcc: c@x\nX-To: d@x\nTo : e@x\n")),
              ElementsAre("a@x", "e@x", "b@x", "c@x"));
  EXPECT_THAT(recipients_in(header("To: a@x\nResent-To: b@x\n")), ElementsAre("b@x"))
      << "a letter that is sent on goes to whom it is sent on";
}

TEST(Header, IsCompletedWhereSomethingIsMissing) {
  EXPECT_EQ(complete_header(header("Subject: x\n"), kWriter),
            "From: Joe <joe@example.org>\n"
            "Date: Mon, 02 Nov 2026 00:00:00 +0000\n"
            "Message-ID: <1793577600.00000000000000ff@host.example.org>\n"
            "Subject: x\n\n");
  const std::string full = "From: a@b\nDate: today\nMessage-Id: <1@x>\nSubject: x\n";
  EXPECT_EQ(complete_header(header(full), kWriter), full + "\n") << "what is there stays";
}

TEST(Header, ShowsNobodyTheBlindCopies) {
  const std::string text = complete_header(
      header("To: a@x\nBcc: secret@x,\n other@x\nReturn-Path: <x>\nResent-Bcc: s@x\n"), kWriter);
  EXPECT_THAT(text, Not(HasSubstr("secret")));
  EXPECT_THAT(text, Not(HasSubstr("other@x")));
  EXPECT_THAT(text, Not(HasSubstr("Resent-Bcc")));
  EXPECT_THAT(text, Not(HasSubstr("Return-Path")));
  EXPECT_THAT(text, HasSubstr("To: a@x\n"));
}

std::string from_of(const std::string& name) {
  Writer writer = kWriter;
  writer.full_name = name;
  const std::string text = complete_header({}, writer);
  return text.substr(0, text.find('\n'));
}

TEST(Header, WritesAnyNameSafely) {
  EXPECT_EQ(from_of(""), "From: joe@example.org");
  EXPECT_EQ(from_of("Joe (x), \"y\""), "From: \"Joe (x), \\\"y\\\"\" <joe@example.org>");
  EXPECT_EQ(from_of("a\r\nBcc: x"), "From: \"aBcc: x\" <joe@example.org>");
  EXPECT_EQ(from_of("J\xc3\xb6rg"), "From: =?utf-8?q?J=C3=B6rg?= <joe@example.org>");
  std::string name;
  for (int i = 0; i < 40; ++i) name += "\xc3\xb6";
  const std::string words = from_of(name);
  EXPECT_THAT(words, HasSubstr("?= =?utf-8?q?"));
  EXPECT_THAT(words, Not(HasSubstr("=C3?="))) << "no character is split between two words";
}

}  // namespace
}  // namespace mxlab::sendmail
