// Lines and bodies out of byte streams, whatever the segmentation.
#include <gtest/gtest.h>
#include <random>

#include "relay/smtp/ascii.hpp"
#include "relay/smtp/body.hpp"
#include "relay/smtp/lines.hpp"
#include "tests/smtp/smuggling.hpp"

namespace mxlab::smtp {
namespace {

using namespace std::string_literals;

std::vector<Line> lines_of(const std::vector<std::string>& pieces, std::size_t longest = 100) {
  LineBuffer buffer(longest);
  std::vector<Line> lines;
  for (const std::string& piece : pieces) {
    buffer.append(piece);
    while (auto line = buffer.next()) lines.push_back(*line);
  }
  return lines;
}

TEST(Lines, OnlyCrlfEndsALineHoweverItIsCut) {
  const std::string wire = "EHLO x\r\nbare\nlf\r\nbare\rcr\r\nn\0l\r\n\r\nlast\r\nopen"s;
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    auto lines = lines_of({wire.substr(0, cut), wire.substr(cut)});
    ASSERT_EQ(lines.size(), 6u) << "cut at " << cut;
    EXPECT_EQ(lines[0].text, "EHLO x");
    EXPECT_EQ(lines[0].flaw, LineFlaw::kNone);
    EXPECT_EQ(lines[1].flaw, LineFlaw::kBareLineEnd);
    EXPECT_EQ(lines[2].flaw, LineFlaw::kBareLineEnd);
    EXPECT_EQ(lines[3].flaw, LineFlaw::kNul);
    EXPECT_EQ(lines[4].text, "");
    EXPECT_EQ(lines[5].text, "last");
  }
}

TEST(Lines, ALineThatIsTooLongIsSwallowedAndTheNextOneIsFine) {
  const std::string wire = std::string(100, 'a') + "\r\n" + std::string(101, 'b') + "\r\nok\r\n";
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    auto lines = lines_of({wire.substr(0, cut), wire.substr(cut)});
    ASSERT_EQ(lines.size(), 3u) << "cut at " << cut;
    EXPECT_EQ(lines[0].flaw, LineFlaw::kNone);
    EXPECT_EQ(lines[1].flaw, LineFlaw::kTooLong);
    EXPECT_EQ(lines[2].text, "ok");
  }
  std::vector<std::string> bytes;
  for (char c : wire) bytes.emplace_back(1, c);
  EXPECT_EQ(lines_of(bytes).size(), 3u) << "byte by byte";
}

TEST(Lines, AnEndlessLineTakesNoMemoryAndIsCounted) {
  LineBuffer buffer(100);
  for (int i = 0; i < 1000; ++i) {
    buffer.append(std::string(1000, 'x'));
    EXPECT_FALSE(buffer.next());
    EXPECT_LE(buffer.waiting().size(), 1u);
  }
  EXPECT_EQ(buffer.swallowed(), 1000u * 1000u);
}

struct Decoded {
  std::string body, rest;
  bool done = false;
  BodyFlaw flaw = BodyFlaw::kNone;
};

Decoded decode(const std::vector<std::string>& pieces) {
  BodyDecoder decoder;
  Decoded decoded;
  for (const std::string& piece : pieces) {
    const std::size_t taken = decoder.decode(piece, decoded.body);
    decoded.rest += piece.substr(taken);
  }
  decoded.done = decoder.done();
  decoded.flaw = decoder.flaw();
  return decoded;
}

// D3
TEST(Body, ExactlyOneLeadingDotIsRemovedAndALoneDotEndsIt) {
  const std::pair<std::string, std::string> cases[] = {
      {".\r\n", ""},
      {"hi\r\n.\r\n", "hi\r\n"},
      {"..\r\n.\r\n", ".\r\n"},
      {"...x\r\n.\r\n", "..x\r\n"},
      {".x\r\n.\r\n", "x\r\n"},
      {"a.b\r\n\r\n.\r\n", "a.b\r\n\r\n"},
  };
  for (const auto& [wire, body] : cases)
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
      auto decoded = decode({wire.substr(0, cut), wire.substr(cut) + "QUIT\r\n"});
      EXPECT_TRUE(decoded.done) << printable(wire) << " cut at " << cut;
      EXPECT_EQ(decoded.body, body);
      EXPECT_EQ(decoded.flaw, BodyFlaw::kNone);
      EXPECT_EQ(decoded.rest, "QUIT\r\n") << "what follows the dot is not the body's";
    }
}

// D11
TEST(Body, NoSmugglingFormEndsItAndAllAreNoticed) {
  for (const std::string& form : smuggling_forms()) {
    const std::string wire = "Subject: x\r\n\r\nhello" + form + "MAIL FROM:<evil@x>\r\n";
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
      auto decoded = decode({wire.substr(0, cut), wire.substr(cut)});
      ASSERT_FALSE(decoded.done) << "form " << printable(form) << " cut at " << cut;
      ASSERT_NE(decoded.flaw, BodyFlaw::kNone) << "form " << printable(form);
    }
  }
}

// D4
TEST(Body, LongLinesPassAndAbsurdOnesAreNoticed) {
  const std::string long_line(kMaxTextLine, 'x');
  auto decoded = decode({long_line + "\r\n.\r\n"});
  EXPECT_EQ(decoded.flaw, BodyFlaw::kNone);
  EXPECT_EQ(decoded.body, long_line + "\r\n") << "lines are never split";
  decoded = decode({long_line + "x\r\n.\r\n"});
  EXPECT_TRUE(decoded.done);
  EXPECT_EQ(decoded.flaw, BodyFlaw::kLineTooLong);
}

/// Bodies made of the bytes that matter.
std::string nasty_body(std::mt19937& random) {
  constexpr std::string_view kBytes("\r\n.a\r\n\0", 8);
  std::string body;
  for (unsigned length = random() % 40; length > 0; --length)
    body += kBytes[random() % kBytes.size()];
  return body;
}

TEST(Body, NeverLeavesUsWithABareCarriageReturnOrLineFeed) {
  std::mt19937 random(1);
  for (int run = 0; run < 100000; ++run) {
    const std::string body = nasty_body(random);
    const std::size_t cut = random() % (body.size() + 1);
    BodyEncoder encoder;
    std::string wire = encoder.encode(body.substr(0, cut));
    wire += encoder.encode(body.substr(cut));
    wire += encoder.finish();
    auto decoded = decode({wire});
    ASSERT_TRUE(decoded.done) << printable(body);
    ASSERT_EQ(decoded.rest, "") << "only our own dot ends it: " << printable(body);
    ASSERT_NE(decoded.flaw, BodyFlaw::kBareLineEnd) << printable(body);
  }
}

TEST(Body, ComesOutAsItWentInWhenItsLineEndsAreProper) {
  const std::string body = ".\r\n..\r\n.x\r\n\r\ntext . \r\n.";
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    BodyEncoder encoder;
    std::string wire = encoder.encode(body.substr(0, cut));
    wire += encoder.encode(body.substr(cut));
    wire += encoder.finish();
    EXPECT_EQ(decode({wire}).body, body + "\r\n") << "cut at " << cut;
  }
  EXPECT_EQ(BodyEncoder().finish(), ".\r\n") << "an empty body is a lone dot";
}

}  // namespace
}  // namespace mxlab::smtp
