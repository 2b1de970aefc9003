// Each mail system in each role of the tutorial's story: the primary is down, the sender goes to
// the backup, the backup waits, and delivers when the primary is back.
#include <gmock/gmock.h>

#include "tests/live/inside.hpp"
#include "tests/live/mta_lab.hpp"

namespace mxlab::sim::live {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

struct Part {
  const char* name;
  Cast cast;
  friend void PrintTo(const Part& part, std::ostream* out) { *out << part.name; }
};

class MtaRoles : public testing::TestWithParam<Part> {
 protected:
  void SetUp() override {
    if (const std::string why = why_not_played(GetParam().cast); !why.empty()) GTEST_SKIP() << why;
  }
};

/// Until the primary has it, the backup is told to try: OpenSMTPD lets a host that failed rest for
/// 15 s, and no order shortens that.
bool deliver(MtaLab& lab) {
  auto arrived = [&] { return !lab.station(MtaLab::kPrimary).mail().empty(); };
  for (int i = 0; i < 12 && !arrived(); ++i) {
    lab.expect(lab.station(MtaLab::kBackup).schedule_all());
    lab.until(arrived, 3);
  }
  return arrived();
}

void tell_the_story(MtaLab& lab) {
  lab.start(MtaLab::kSender);
  lab.start(MtaLab::kBackup);
  lab.send("someone@example.org", "over the backup");
  EXPECT_TRUE(lab.until([&] { return lab.digest(MtaLab::kBackup).temporary > 0; }));
  EXPECT_TRUE(lab.until([&] { return lab.digest(MtaLab::kSender).ok == 1; }));
  EXPECT_EQ(lab.digest(MtaLab::kBackup).enqueued, 1);
  const auto waiting = lab.rows(MtaLab::kBackup);
  ASSERT_THAT(waiting, SizeIs(1));
  EXPECT_EQ(waiting[0].sender, "a@example.net");
  EXPECT_EQ(waiting[0].recipient, "someone@example.org");
  EXPECT_EQ(waiting[0].state, "pending");
  EXPECT_NE(waiting[0].error, "");

  lab.start(MtaLab::kPrimary);
  EXPECT_TRUE(deliver(lab));
  const auto mail = lab.station(MtaLab::kPrimary).mail();
  ASSERT_THAT(mail, SizeIs(1));
  EXPECT_EQ(mail[0].mailbox, "someone@example.org");
  EXPECT_EQ(mail[0].sender, "a@example.net");
  EXPECT_THAT(mail[0].text, HasSubstr("Subject: over the backup\r\n"));
  EXPECT_THAT(mail[0].text, HasSubstr(std::string("by ") + MtaLab::kBackup));
  EXPECT_TRUE(lab.until([&] { return lab.digest(MtaLab::kBackup).dequeued == 1; }));
  EXPECT_EQ(lab.digest(MtaLab::kBackup).ok, 1);
  EXPECT_TRUE(lab.until([&] { return lab.digest(MtaLab::kPrimary).ok == 1; }));
  EXPECT_THAT(lab.rows(MtaLab::kBackup), SizeIs(0));
}

TEST_P(MtaRoles, PlaysItsPartWhileThePrimaryIsDownAndWhenItIsBack) {
  inside([](const std::filesystem::path& place) {
    MtaLab lab(place, GetParam().cast);
    tell_the_story(lab);
    if (HasFailure()) std::fputs(lab.story().c_str(), stderr);
  });
}

constexpr Kind kSmtpd = Kind::kOpensmtpd, kPost = Kind::kPostfix, kExim = Kind::kExim,
               kOurs = Kind::kMxrelayd;
INSTANTIATE_TEST_SUITE_P(Live, MtaRoles,
                         testing::Values(Part{"PostfixAroundMxrelayd", {kPost, kPost, kOurs}},
                                         Part{"OpensmtpdAroundMxrelayd", {kSmtpd, kSmtpd, kOurs}},
                                         Part{"EximAroundMxrelayd", {kExim, kExim, kOurs}},
                                         Part{"PostfixAsBackup", {kExim, kSmtpd, kPost}},
                                         Part{"OpensmtpdAsBackup", {kPost, kExim, kSmtpd}},
                                         Part{"EximAsBackup", {kSmtpd, kPost, kExim}}),
                         [](const auto& part) { return std::string(part.param.name); });

}  // namespace
}  // namespace mxlab::sim::live
