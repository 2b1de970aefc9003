#include "sim/actors/owed_replies.hpp"

#include <gtest/gtest.h>

namespace mxlab::sim {
namespace {

TEST(OwedReplies, EachCommandOfATextIsAnswered) {
  OwedReplies owed;
  const auto wire = owed.take("RSET\r\nNOOP");
  EXPECT_EQ(wire.bytes, "RSET\r\nNOOP\r\n");
  EXPECT_EQ(wire.replies, 2U);
}

TEST(OwedReplies, AnEndThatIsNoneInSmtpIsLeftAloneAndOwesNothing) {
  OwedReplies owed;
  const auto wire = owed.take("DATA\n");
  EXPECT_EQ(wire.bytes, "DATA\n");
  EXPECT_EQ(wire.replies, 0U);
}

TEST(OwedReplies, ABodyIsAnsweredAtItsDot) {
  OwedReplies owed;
  EXPECT_EQ(owed.take("DATA").replies, 1U);
  owed.heard("354 Go on");
  EXPECT_EQ(owed.take("Subject: x\r\n\r\nRSET").replies, 0U);
  EXPECT_EQ(owed.take(".").replies, 1U);
  EXPECT_EQ(owed.take("RSET").replies, 1U);
}

TEST(OwedReplies, WhereDataWasRefusedLinesAreCommands) {
  OwedReplies owed;
  owed.take("DATA");
  owed.heard("503 5.5.1 No");
  EXPECT_EQ(owed.take("RSET").replies, 1U);
}

TEST(OwedReplies, AChunkIsAnsweredOnceWhateverLinesItHolds) {
  OwedReplies owed;
  const auto first = owed.take("BDAT 19\r\nSubject: pieces\r\n\r\n");
  EXPECT_EQ(first.bytes, "BDAT 19\r\nSubject: pieces\r\n\r\n");
  EXPECT_EQ(first.replies, 1U);
  EXPECT_EQ(owed.take("bdat 13 LAST\r\none\r\n.\r\ntwo\r\nQUIT").replies, 2U);
}

TEST(OwedReplies, AChunkNeedsNoLineEnd) {
  OwedReplies owed;
  const auto wire = owed.take("BDAT 3 LAST\r\none");
  EXPECT_EQ(wire.bytes, "BDAT 3 LAST\r\none");
  EXPECT_EQ(wire.replies, 1U);
}

TEST(OwedReplies, AChunkMayComeInSeveralTexts) {
  OwedReplies owed;
  EXPECT_EQ(owed.take("BDAT 6").replies, 0U);
  EXPECT_EQ(owed.take("abc").bytes, "abc");
  const auto rest = owed.take("defQUIT");
  EXPECT_EQ(rest.bytes, "defQUIT\r\n");
  EXPECT_EQ(rest.replies, 2U);
}

TEST(OwedReplies, AnEmptyChunkIsAnsweredAtOnce) {
  OwedReplies owed;
  EXPECT_EQ(owed.take("BDAT 0 LAST").replies, 1U);
}

}  // namespace
}  // namespace mxlab::sim
