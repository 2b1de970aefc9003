#include <filesystem>
#include <gtest/gtest.h>

#include "relay/control/objects.hpp"
#include "sim/live/json_texts.hpp"
#include "sim/live/spool_files.hpp"

namespace mxlab::sim::live {
namespace {

namespace fs = std::filesystem;

TEST(JsonTexts, CarryEveryByte) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  const std::string line = text_of_bytes(bytes).dump();
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(bytes_of_text(nlohmann::json::parse(line)), bytes);
}

TEST(JsonTexts, CarryAQueueRow) {
  control::QueueRow row;
  row.envelope_id = "0123456789abcdef", row.source = "inet6", row.kind = "mta";
  row.flags = "auth,hold", row.sender = "a@b", row.recipient = row.destination = "c@d";
  row.creation = 1, row.expiration = 2, row.last_try = 3, row.retry = 4;
  row.state = "pending", row.seconds = 5, row.error = "451 \"later\"";
  const auto carried = [](const control::QueueRow& each) {
    return control::queue_row(row_of_object(nlohmann::json::parse(control::queue_object(each))));
  };
  EXPECT_EQ(carried(row), control::queue_row(row));
  row.seconds.reset();
  row.flags.clear();
  EXPECT_EQ(carried(row), control::queue_row(row));
}

class Spool : public ::testing::Test {
 protected:
  Spool() {
    std::string pattern = (fs::temp_directory_path() / "mxlab-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Spool() override { fs::remove_all(directory_); }

  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory_), fs::directory_iterator()));
  }

  fs::path directory_;
};

SpoolEnvelope envelope(std::uint64_t id) {
  SpoolEnvelope made;
  made.id = id;
  made.kind = MailKind::kReport;
  made.sender = "a@b";
  made.recipient = "c@\xff";
  made.creation = world::TimePoint(std::chrono::nanoseconds(1'763'856'000'123'456'789));
  made.failures = 3;
  made.error = "451 later";
  made.delay = std::chrono::hours(4);
  return made;
}

TEST_F(Spool, IsEmptyWhereNobodyHasSaved) {
  EXPECT_TRUE(SpoolFiles(directory_ / "none").load().envelopes.empty());
}

TEST_F(Spool, ComesBackAsItWas) {
  SenderSpool spool;
  spool.envelopes[1ull << 32] = envelope(1ull << 32);
  spool.messages[1] = "Subject: \xff\r\n\r\nbody\r\n";
  SpoolFiles(directory_).save(spool);
  const SenderSpool back = SpoolFiles(directory_).load();
  ASSERT_EQ(back.envelopes.size(), 1);
  const SpoolEnvelope& found = back.envelopes.at(1ull << 32);
  EXPECT_EQ(found.kind, MailKind::kReport);
  EXPECT_EQ(found.recipient, "c@\xff");
  EXPECT_EQ(found.creation, envelope(1).creation);
  EXPECT_EQ(found.failures, 3);
  EXPECT_EQ(found.delay, std::chrono::hours(4));
  EXPECT_EQ(back.messages, spool.messages);
}

TEST_F(Spool, ForgetsMessagesThatHaveNoEnvelopeAnyMore) {
  SenderSpool spool;
  for (const std::uint32_t message : {1u, 2u}) {
    const std::uint64_t id = std::uint64_t{message} << 32;
    spool.envelopes[id] = envelope(id);
    spool.messages[message] = "text\r\n";
  }
  SpoolFiles files(directory_);
  files.save(spool);
  EXPECT_EQ(this->files(), 3);
  spool.finish(1ull << 32);
  files.save(spool);
  EXPECT_EQ(this->files(), 2);
  EXPECT_EQ(SpoolFiles(directory_).load().messages.count(2), 1);
}

}  // namespace
}  // namespace mxlab::sim::live
