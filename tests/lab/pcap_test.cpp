// The captures that mxlab writes, read back with a strict reader. tests/judges has tshark read
// them.
#include <algorithm>
#include <gmock/gmock.h>
#include <set>

#include "tests/lab/pcap_reader.hpp"
#include "tests/lab/program.hpp"

namespace mxlab::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::uint16_t kSmtp = 25, kDns = 53;
constexpr int kUdpProtocol = 17, kIcmpProtocol = 1;

const std::string kScenarios = MXLAB_SOURCE_DIR "/scenarios/";

std::vector<CapturedFrame> capture_of(const Folder& folder, const std::string& scenario) {
  const auto ran =
      folder.mxlab("run " + kScenarios + scenario + " --pcap run.pcap --keylog run.keys");
  EXPECT_EQ(ran.code, 0) << ran.text;
  return read_capture(folder.read("run.pcap"));
}

/// All that was said to, or by, servers of SMTP.
std::string said(const std::map<CapturedWay, CapturedSide>& sides, bool by_server) {
  std::string all;
  for (const auto& [way, side] : sides)
    if ((by_server ? way.first : way.second).second == kSmtp) all += side.said;
  return all;
}

TEST(Pcap, HoldsTheTutorialsDialogueInConnectionsWhoseNumbersFollow) {
  Folder folder;
  const auto sides = follow_connections(capture_of(folder, "blog/experiment-2.yaml"));
  EXPECT_THAT(said(sides, true), HasSubstr("250-"));
  EXPECT_THAT(said(sides, false), HasSubstr("EHLO mail.websteading.net\r\n"));
  EXPECT_THAT(said(sides, false), HasSubstr("STARTTLS\r\n"));
  std::size_t whole = 0;
  for (const auto& [way, side] : sides)
    if (side.syn && side.fin) ++whole;
  EXPECT_GE(whole, 2U) << "both ends of a connection say that it ends";
}

TEST(Pcap, HoldsTheQuestionForTheMxAndItsAnswer) {
  Folder folder;
  const std::string question(
      "\x07"
      "example\x03"
      "org\0\0\x0f\0\x01",
      17);
  std::size_t questions = 0, answers = 0;
  for (const auto& frame : capture_of(folder, "blog/experiment-2.yaml")) {
    if (frame.protocol != kUdpProtocol || frame.payload.find(question) == std::string::npos)
      continue;
    questions += frame.to_port == kDns ? 1 : 0;
    answers += frame.from_port == kDns ? 1 : 0;
  }
  EXPECT_EQ(questions, 2U) << "the sender's, and the backup's";
  EXPECT_EQ(answers, 2U);
}

TEST(Pcap, ShowsThatAPrimaryRefuses) {
  Folder folder;
  const auto frames = capture_of(folder, "down/refused.yaml");
  follow_connections(frames);
  std::size_t refusals = 0;
  for (const auto& frame : frames)
    if (frame.from_port == kSmtp && frame.flags == (kCapturedRst | kCapturedAck)) ++refusals;
  EXPECT_GT(refusals, 0U);
}

TEST(Pcap, ShowsEachSynIntoABlackHole) {
  Folder folder;
  const auto frames = capture_of(folder, "down/dropped.yaml");
  follow_connections(frames);
  std::map<std::uint16_t, std::size_t> syns;  // by the port of the connection that is not to be
  for (const auto& frame : frames)
    if (frame.to_port == kSmtp && frame.flags == kCapturedSyn) ++syns[frame.from_port];
  std::size_t most = 0;
  for (const auto& [port, count] : syns) most = std::max(most, count);
  EXPECT_EQ(most, 11U) << "Linux sends eleven";
}

TEST(Pcap, ShowsThatAFirewallProhibits) {
  Folder folder;
  std::size_t refusals = 0;
  for (const auto& frame : capture_of(folder, "down/prohibited.yaml"))
    refusals += frame.protocol == kIcmpProtocol ? 1 : 0;
  EXPECT_GT(refusals, 0U);
}

TEST(Pcap, ChangesNothingOfTheRun) {
  Folder folder;
  const auto plain = folder.mxlab("run --hash " + kScenarios + "blog/experiment-2.yaml");
  const auto captured = folder.mxlab("run --hash --pcap run.pcap --keylog run.keys " + kScenarios +
                                     "blog/experiment-2.yaml");
  EXPECT_EQ(plain.text, captured.text);
}

TEST(Pcap, IsTheSameWheneverTheRunIs) {
  Folder folder;
  capture_of(folder, "blog/experiment-2.yaml");
  const std::string first = folder.read("run.pcap"), keys = folder.read("run.keys");
  capture_of(folder, "blog/experiment-2.yaml");
  EXPECT_EQ(folder.read("run.pcap"), first);
  EXPECT_EQ(folder.read("run.keys"), keys);
  EXPECT_FALSE(keys.empty());
}

TEST(KeyLog, HasTheSecretsOfEachConnectionOnce) {
  Folder folder;
  capture_of(folder, "blog/experiment-2.yaml");
  std::istringstream lines(folder.read("run.keys"));
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_THAT(line, testing::MatchesRegex("[A-Z0-9_]+ [0-9a-f]{64} [0-9a-f]+"));
    EXPECT_TRUE(seen.insert(line).second) << line;
  }
  EXPECT_GE(seen.size(), 4U);
}

TEST(Pcap, IsForOneScenarioAndSaysSo) {
  Folder folder;
  const auto ran = folder.mxlab("run " + kScenarios + "blog --pcap run.pcap");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.text, HasSubstr("--pcap and --keylog write down one run, and 2 scenarios"));
}

TEST(Pcap, SaysWhichFileCannotBeWritten) {
  Folder folder;
  const auto ran = folder.mxlab("run " + kScenarios + "blog/experiment-2.yaml --pcap no/run.pcap");
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.text, HasSubstr("no/run.pcap"));
}

}  // namespace
}  // namespace mxlab::test
