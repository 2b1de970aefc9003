// Replies: written, read, and read from those who do not wish us well.
#include "relay/smtp/reply.hpp"

#include <asio/error.hpp>
#include <gtest/gtest.h>

#include "relay/smtp/errors.hpp"
#include "relay/smtp/reply_reader.hpp"

namespace mxlab::smtp {
namespace {

/// What the reader makes of these lines: the reply's text, "more" or "malformed".
std::string read(const std::vector<std::string>& lines) {
  ReplyReader reader;
  auto status = ReplyReader::Status::kMore;
  for (const std::string& line : lines) status = reader.add({line, LineFlaw::kNone});
  if (status == ReplyReader::Status::kMore) return "more";
  if (status == ReplyReader::Status::kMalformed) return "malformed";
  return reader.take().text();
}

TEST(Reply, IsWrittenOneLinePerLine) {
  EXPECT_EQ(Reply(250, "2.1.5", "Ok").wire(), "250 2.1.5 Ok\r\n");
  EXPECT_EQ(Reply(220, "", "mx ESMTP").wire(), "220 mx ESMTP\r\n");
  Reply ehlo(250, "", "mx");
  ehlo.lines = {"mx", "PIPELINING", "HELP"};
  EXPECT_EQ(ehlo.wire(), "250-mx\r\n250-PIPELINING\r\n250 HELP\r\n");
  EXPECT_EQ(ehlo.text(), "250 mx PIPELINING HELP");
  Reply bare;
  bare.code = 250;
  EXPECT_EQ(bare.wire(), "250 \r\n");
}

TEST(Reply, NothingInsideBreaksALineOrExceedsIt) {
  EXPECT_EQ(Reply(550, "", "a\r\n250 ok\t\xff").wire(), "550 a??250 ok??\r\n");
  EXPECT_LE(Reply(550, "5.1.1", std::string(5000, 'x')).wire().size(), 512u);
}

TEST(Reply, TextOfConfigurationAndScenarios) {
  const Reply reply = parse_reply_text("550 5.1.1 No such user");
  EXPECT_EQ(reply.code, 550);
  EXPECT_EQ(reply.enhanced, "5.1.1");
  EXPECT_EQ(reply.text(), "550 5.1.1 No such user");
  EXPECT_EQ(parse_reply_text("550 no residential connections").wire(),
            "550 no residential connections\r\n");
  EXPECT_EQ(parse_reply_text("550 4.1.1 odd class").enhanced, "");
  for (const char* text : {"", "hello", "55", "550", "550 ", "550x no", "950 no", "199 no",
                           "550 line\nbreak", "550 t\xc3\xa4t"})
    EXPECT_EQ(parse_reply_text(text).text(), "421 Internal server error") << text;
}

TEST(Reply, IsReadFromOneOrMoreLines) {
  EXPECT_EQ(read({"250 2.1.5 Ok"}), "250 2.1.5 Ok");
  EXPECT_EQ(read({"250"}), "250");
  EXPECT_EQ(read({"250 "}), "250");
  EXPECT_EQ(read({"250-one", "250 two"}), "250 one two");
  EXPECT_EQ(read({"550-5.1.1 no", "550 5.1.1 such user"}), "550 5.1.1 no such user");
  EXPECT_EQ(read({"250-one"}), "more");
  EXPECT_EQ(read({"550 b\x01\xf6se"}), "550 b??se");
}

TEST(Reply, IsMalformedWhenItIsNotOne) {
  for (const std::vector<std::string>& lines :
       std::vector<std::vector<std::string>>{{""},
                                             {"25"},
                                             {"ok"},
                                             {"2500 x"},
                                             {"250\tx"},
                                             {"150 x"},
                                             {"650 x"},
                                             {"+50 x"},
                                             {" 250 x"},
                                             {"250-a", "251 b"},
                                             {"250-a", "junk"},
                                             {"HTTP/1.1 400 Bad Request"}})
    EXPECT_EQ(read(lines), "malformed") << lines.front();
  ReplyReader reader;
  EXPECT_EQ(reader.add({"250 a\nb", LineFlaw::kBareLineEnd}), ReplyReader::Status::kMalformed);
}

TEST(Reply, NeverGrowsBeyondAHundredLines) {
  EXPECT_EQ(read(std::vector<std::string>(kMaxReplyLines, "250-x")), "more");
  EXPECT_EQ(read(std::vector<std::string>(kMaxReplyLines + 1, "250-x")), "malformed");
}

// D40
TEST(Reply, EnhancedCodesAreTakenOnlyWhenTheirClassFits) {
  const std::pair<const char*, const char*> cases[] = {
      {"250 2.1.5 Ok", "2.1.5"}, {"250 2.1.5", "2.1.5"}, {"550 5.123.456 x", "5.123.456"},
      {"550 4.1.1 x", ""},       {"550 5.1 x", ""},      {"550 5.1.x", ""},
      {"550 5.1.1x", ""},        {"550 5.1234.1 x", ""}, {"550 5..1 x", ""}};
  for (auto [line, enhanced] : cases) {
    ReplyReader reader;
    ASSERT_EQ(reader.add({line, LineFlaw::kNone}), ReplyReader::Status::kComplete);
    EXPECT_EQ(reader.take().enhanced, enhanced) << line;
  }
}

TEST(Errors, AreDescribedAsTheLogsSayThem) {
  EXPECT_EQ(describe(asio::error::eof), "Connection closed unexpectedly");
  EXPECT_EQ(describe(asio::error::timed_out), "Connection timeout");
  EXPECT_EQ(describe(std::make_error_code(std::errc::timed_out)), "Connection timeout");
  EXPECT_EQ(describe(asio::error::connection_refused), "IO Error: Connection refused");
  EXPECT_EQ(describe(asio::error::host_unreachable), "IO Error: No route to host");
  EXPECT_EQ(session_end(asio::error::eof), "disconnect");
  EXPECT_EQ(session_end(asio::error::timed_out), "timeout");
  EXPECT_EQ(session_end(asio::error::connection_reset), "io-error: Connection reset by peer");
}

}  // namespace
}  // namespace mxlab::smtp
