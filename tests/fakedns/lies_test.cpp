#include "fakedns/lies.hpp"

#include <gmock/gmock.h>

#include "fakedns/record.hpp"

namespace mxlab::fakedns {
namespace {

constexpr std::uint16_t kA = 1, kMx = 15;

TEST(Lies, TellTheTruthUnlessToldOtherwise) { EXPECT_EQ(Lies().find("example.org", kMx), Lie{}); }

TEST(Lies, AreForOneNameAndPerhapsOneType) {
  Lies lies;
  lies.tell("Example.org. MX servfail");
  EXPECT_EQ(lies.find("example.org", kMx).kind, LieKind::kServfail);
  EXPECT_EQ(lies.find("example.org", kA), Lie{});
  EXPECT_EQ(lies.find("mail.example.org", kMx), Lie{});
  lies.tell("example.org silence");
  EXPECT_EQ(lies.find("example.org", kA).kind, LieKind::kSilence);
  EXPECT_EQ(lies.find("example.org", kMx).kind, LieKind::kServfail) << "the more exact rule wins";
}

TEST(Lies, MayBeForAllNamesBelowAName) {
  Lies lies;
  lies.tell("* refused");
  lies.tell("*.example.org empty");
  EXPECT_EQ(lies.find("a.b.example.org", kA).kind, LieKind::kEmpty);
  EXPECT_EQ(lies.find("example.org", kA).kind, LieKind::kRefused);
  EXPECT_EQ(lies.find("com", kA).kind, LieKind::kRefused);
}

TEST(Lies, AreClearedAtAnyTime) {
  Lies lies;
  lies.set("example.org", "MX", {LieKind::kServfail, {}});
  EXPECT_FALSE(lies.clear("example.org")) << "that is another rule";
  EXPECT_TRUE(lies.clear("example.org", "MX"));
  EXPECT_EQ(lies.find("example.org", kMx), Lie{});
  lies.tell("* silence");
  lies.clear_all();
  EXPECT_EQ(lies.find("example.org", kMx), Lie{});
}

TEST(Lies, AreWrittenInWords) {
  using std::chrono::milliseconds, std::chrono::seconds, std::chrono::minutes;
  EXPECT_EQ(parse_lie("wrong-id"), (Lie{LieKind::kWrongId, {}}));
  EXPECT_EQ(parse_lie("truncated"), (Lie{LieKind::kTruncated, {}}));
  EXPECT_EQ(parse_lie("malformed"), (Lie{LieKind::kMalformed, {}}));
  EXPECT_EQ(parse_lie("bogus"), (Lie{LieKind::kBogus, {}}));
  EXPECT_EQ(parse_lie("delay 3s"), (Lie{LieKind::kNone, seconds(3)}));
  EXPECT_EQ(parse_lie("delay 2m"), (Lie{LieKind::kNone, minutes(2)}));
  EXPECT_EQ(parse_lie("servfail delay 500ms"), (Lie{LieKind::kServfail, milliseconds(500)}));
}

TEST(Lies, ExplainWhatIsNotOne) {
  Lies lies;
  for (std::string rule :
       {"", "example.org", "example.org sulk", "a..b servfail", "example.org delay",
        "example.org delay 3", "example.org delay -1s", "example.org delay 99999999999s",
        "example.org MX servfail refused", "example.org NOSUCH servfail"})
    EXPECT_THROW(lies.tell(rule), ZoneError) << rule;
  EXPECT_EQ(lies.find("example.org", kMx), Lie{}) << "a wrong rule changes nothing";
}

}  // namespace
}  // namespace mxlab::fakedns
