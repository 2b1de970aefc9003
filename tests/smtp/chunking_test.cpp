// BDAT (RFC 3030): chunks are counted, never searched; what they carry leaves in one piece.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay/smtp/ascii.hpp"
#include "relay/smtp/body.hpp"
#include "tests/smtp/raw_client.hpp"
#include "tests/smtp/smuggling.hpp"

namespace mxlab::smtp {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kMail = "MAIL FROM:<a@x.test>", kRcpt = "RCPT TO:<b@y.test>";
const std::string kAccepted = "250 2.0.0 cafe0001 Message accepted for delivery";
const std::string kOutOfOrder = "503 5.5.1 Invalid command: Command not allowed at this point.";

struct Session : Lab {
  Session() { boot_server(); }
  std::vector<std::string> bodies() const {
    std::vector<std::string> found;
    for (const auto& message : inbox.messages) found.push_back(message.body);
    return found;
  }
};

std::string chunk(const std::string& text, bool last = false) {
  return "BDAT " + std::to_string(text.size()) + (last ? " LAST" : "") + "\r\n" + text;
}

/// Replies to BDAT end no line of their own: the chunk is followed by the next command at once.
Replies say_raw(Lab& lab, std::vector<std::string> pieces) {
  Replies replies;
  auto body = [&](World& world) -> awaitable<void> {
    try {
      RawClient client(world, co_await world.network.connect(lab.endpoint()));
      co_await client.open(lab.client_options.tls);
      for (const std::string& piece : pieces) replies.push_back(co_await client.ask(piece));
    } catch (const std::system_error&) {
      replies.push_back("closed");
    }
  };
  lab.run_client(body);
  return replies;
}

std::vector<std::string> with_envelope(std::vector<std::string> pieces) {
  pieces.insert(pieces.begin(), {kMail + "\r\n", kRcpt + "\r\n"});
  return pieces;
}

Replies in_transaction(Lab& lab, std::vector<std::string> pieces) {
  Replies replies = say_raw(lab, with_envelope(std::move(pieces)));
  replies.erase(replies.begin(), replies.begin() + 2);
  return replies;
}

// D39
TEST(Chunking, EachChunkIsAnsweredAndTheLastMakesTheMessage) {
  Session lab;
  EXPECT_THAT(in_transaction(lab, {chunk("Subject: x\r\n\r\n"), chunk("one\r\n.\r\n"),
                                   chunk("..two\r\n", true), "NOOP\r\n"}),
              ElementsAre("250 2.0.0 14 octets received", "250 2.0.0 22 octets received", kAccepted,
                          "250 2.0.0 Ok"));
  EXPECT_THAT(lab.bodies(), ElementsAre("Subject: x\r\n\r\none\r\n.\r\n..two\r\n"));
}

// D39
TEST(Chunking, AnEmptyLastChunkEndsTheMessage) {
  Session lab;
  EXPECT_THAT(in_transaction(lab, {chunk("text\r\n"), "BDAT 0 LAST\r\n", "BDAT 0 LAST\r\n"}),
              ElementsAre("250 2.0.0 6 octets received", kAccepted, kOutOfOrder));
  EXPECT_THAT(lab.bodies(), ElementsAre("text\r\n"));
}

// D39
TEST(Chunking, DataAndChunksDoNotMix) {
  Session lab;
  EXPECT_THAT(
      in_transaction(
          lab, {chunk("text\r\n"), "DATA\r\n", kRcpt + "\r\n", kMail + "\r\n", "BDAT 0 LAST\r\n"}),
      ElementsAre("250 2.0.0 6 octets received", kOutOfOrder, kOutOfOrder, kOutOfOrder, kAccepted));
}

const std::string kEvil = "RSET\r\nMAIL FROM:<evil@z.test>\r\n";

// D39: a refused chunk is swallowed, not obeyed
TEST(Chunking, AChunkOutOfOrderIsReadAllTheSame) {
  Session lab;
  EXPECT_THAT(say_raw(lab, {chunk(kEvil), chunk(kEvil, true), "NOOP\r\n"}),
              ElementsAre(kOutOfOrder, kOutOfOrder, "250 2.0.0 Ok"));
  EXPECT_TRUE(lab.inbox.senders.empty());
}

// D39
TEST(Chunking, AChunkForNobodyIsReadAllTheSame) {
  Session lab;
  EXPECT_THAT(say_raw(lab, {kMail + "\r\n", chunk(kEvil), "NOOP\r\n"}),
              ElementsAre("250 2.0.0 Ok", "554 5.5.1 No valid recipients", "250 2.0.0 Ok"));
  EXPECT_THAT(lab.inbox.senders, ElementsAre("a@x.test"));
}

// D39
TEST(Chunking, ARefusedChunkIsReadAllTheSameAndSoAreThoseBehindIt) {
  Session lab;
  lab.inbox.at_data = Refusal{Reply(451, "4.7.1", "not now"), false};
  const std::string earlier = "503 5.5.1 An earlier chunk was refused, RSET comes next";
  EXPECT_THAT(in_transaction(lab, {chunk(kEvil), chunk(kEvil), chunk(kEvil, true), "NOOP\r\n"}),
              ElementsAre("451 4.7.1 not now", earlier, earlier, "250 2.0.0 Ok"));
  EXPECT_THAT(lab.inbox.senders, ElementsAre("a@x.test"));
}

// D39
TEST(Chunking, RsetForgetsTheChunksThatHaveCome) {
  Session lab;
  EXPECT_THAT(in_transaction(lab, {chunk("half"), "RSET\r\n", kMail + "\r\n", kRcpt + "\r\n",
                                   chunk("whole\r\n", true)}),
              testing::Contains(kAccepted));
  EXPECT_THAT(lab.bodies(), ElementsAre("whole\r\n"));
}

TEST(Chunking, ASizeThatCannotBeReadEndsTheSession) {
  for (const char* line :
       {"BDAT\r\n", "BDAT x\r\n", "BDAT -1 LAST\r\n", "BDAT 99999999999999999999\r\n"}) {
    Session lab;
    EXPECT_THAT(in_transaction(lab, {line, "NOOP\r\n"}),
                ElementsAre("501 5.5.4 Invalid command arguments: BDAT size [LAST]", "closed"))
        << line;
  }
}

TEST(Chunking, TheSizeLimitHoldsOverAllChunks) {
  Lab lab;
  lab.server_options.max_message_size = 10;
  lab.boot_server();
  EXPECT_THAT(
      in_transaction(lab,
                     {chunk("1234567\r\n"), chunk("9\r\n"), chunk("more", true), kMail + "\r\n"}),
      ElementsAre("250 2.0.0 9 octets received", "552 5.3.4 Message too big for system",
                  "503 5.5.1 An earlier chunk was refused, RSET comes next", "250 2.0.0 Ok"));
  EXPECT_TRUE(lab.inbox.messages.empty());
}

TEST(Chunking, AnAbsurdChunkIsNotWaitedFor) {
  Session lab;
  EXPECT_THAT(in_transaction(lab, {"BDAT 9999999999999\r\n", "x"}),
              ElementsAre("552 5.3.4 Message too big for system", "closed"));
}

TEST(Chunking, AFailingSinkIsATemporaryFailureAndNothingIsKept) {
  Session lab;
  lab.inbox.write_throws = "disk on fire";
  EXPECT_THAT(in_transaction(lab, {chunk("text\r\n", true), kMail + "\r\n"}),
              ElementsAre("451 4.3.0 Temporary failure, try again later", "250 2.0.0 Ok"));
}

TEST(Chunking, MayBePipelinedBehindTheEnvelope) {
  Session lab;
  const Seen seen = lab.talk(
      {await("ESMTP\r\n"), say("EHLO x\r\n"), await("HELP\r\n"),
       say(kMail + "\r\n" + kRcpt + "\r\n" + chunk("a\r\n") + chunk("b\r\n", true) + "QUIT\r\n")});
  EXPECT_THAT(seen.text, HasSubstr("ok\r\n250 2.0.0 3 octets received\r\n" + kAccepted +
                                   "\r\n221 2.0.0 Bye\r\n"));
  EXPECT_THAT(lab.bodies(), ElementsAre("a\r\nb\r\n"));
}

TEST(Chunking, BeforeStarttlsAChunkIsSwallowedToo) {
  Lab lab;
  lab.use_tls();
  lab.client_options.tls = nullptr;
  lab.server_options.require_tls = true;
  lab.boot_server();
  EXPECT_THAT(say_raw(lab, {chunk("QUIT\r\n"), "NOOP\r\n"}),
              ElementsAre("530 5.7.0 Must issue a STARTTLS command first", "250 2.0.0 Ok"));
}

// R8, D11: what would be an end elsewhere is text here, and leaves as text
TEST(Chunking, AnEndOfDataInsideAChunkIsText) {
  Session lab;
  const std::string text = "a\r\n.\r\nMAIL FROM:<evil@z.test>\r\nRCPT TO:<c@y>\r\nDATA\r\n.\r\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_THAT(in_transaction(lab, {chunk(text.substr(0, cut)), chunk(text.substr(cut), true)}),
                ElementsAre(StartsWith("250 "), kAccepted));
    ASSERT_EQ(lab.inbox.messages.size(), cut + 1);
    EXPECT_EQ(lab.inbox.messages.back().body, text) << "cut at " << cut;
    BodyEncoder encoder;
    const std::string wire = encoder.encode(lab.inbox.messages.back().body) + encoder.finish();
    EXPECT_EQ(wire.find("\r\n.\r\n"), wire.size() - 5) << "one end, at the end";
  }
}

class ChunkSmuggling : public testing::TestWithParam<bool> {};

// R8: the forms that some server takes for an end are refused, however they are cut into chunks
TEST_P(ChunkSmuggling, NoBareLineEndEverComesIn) {
  for (const std::string& form : smuggling_forms()) {
    Lab lab;
    if (GetParam()) lab.use_tls();
    lab.server_options.max_messages = 1000;
    lab.server_options.limits.errors = 1000;
    lab.simulation.trace().keep(sim::Keep::kNothing);
    lab.boot_server();
    const std::string text = "hello" + form + "MAIL FROM:<evil@z.test>\r\n";
    std::vector<std::string> pieces;
    for (std::size_t cut = 5; cut <= 5 + form.size(); ++cut)
      for (const std::string& piece :
           with_envelope({chunk(text.substr(0, cut)) + chunk(text.substr(cut), true), "RSET\r\n"}))
        pieces.push_back(piece);
    Replies replies = say_raw(lab, pieces);
    SCOPED_TRACE("form " + printable(form) + " of length " + std::to_string(form.size()));
    EXPECT_THAT(lab.inbox.messages, testing::IsEmpty());
    for (const std::string& sender : lab.inbox.senders) ASSERT_EQ(sender, "a@x.test");
    EXPECT_EQ(lab.inbox.senders.size(), form.size() + 1) << "each cut was tried";
  }
}

INSTANTIATE_TEST_SUITE_P(PlainAndTls, ChunkSmuggling, testing::Bool());

}  // namespace
}  // namespace mxlab::smtp
