#include "sim/live/wire_secrets.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <sstream>

#include "sim/live/live_lab.hpp"
#include "sim/live/secret_file.hpp"
#include "sim/run/runner.hpp"
#include "tests/live/inside.hpp"

namespace mxlab::sim::live {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::SizeIs;

std::string read(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Of a key log's lines, the connections they are about.
std::set<std::string> connections_in(const std::string& text) {
  std::set<std::string> randoms;
  for (const std::string& line : lines_of(text)) {
    if (!line.starts_with("CLIENT_HANDSHAKE_TRAFFIC_SECRET ")) continue;
    const auto begin = line.find(' ') + 1;
    randoms.insert(line.substr(begin, line.find(' ', begin) - begin));
  }
  return randoms;
}

std::set<std::string> told_on(const fs::path& place, const std::string& machine) {
  const std::string file = read(place / machine / fs::path(kSecretFile).relative_path());
  return connections_in(file.substr(offsetof(SecretFile, text)).c_str());
}

/// A root directory in which a program has told something.
class SecretsOfARoot : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(root_ / "etc"); }
  void TearDown() override { fs::remove_all(root_); }

  void tell(const std::string& text, std::uint64_t used) {
    std::fstream file(root_ / fs::path(kSecretFile).relative_path(),
                      std::ios::in | std::ios::out | std::ios::binary);
    file.write(reinterpret_cast<const char*>(&used), sizeof used);
    file << text;
  }

  fs::path root_ = fs::path(::testing::TempDir()) / ("secrets-" + std::to_string(::getpid()));
  std::string log_ = root_ / "run.keys";
};

TEST_F(SecretsOfARoot, AreWrittenOnceEachAndWhatAKilledProgramLeftIsNot) {
  WireSecrets secrets(log_, MXLAB_SECRETS);
  secrets.overhear(root_);
  const std::string told = "CLIENT_RANDOM 01 02\nSERVER_RANDOM 0" + std::string(5, '\0') +
                           "\n"
                           "CLIENT_RANDOM 01 02\nCLIENT_RANDOM 03 04\nCLIENT_R";
  tell(told, told.size());
  secrets.finish();
  EXPECT_THAT(lines_of(read(log_)), ElementsAre("CLIENT_RANDOM 01 02", "CLIENT_RANDOM 03 04"));
}

TEST_F(SecretsOfARoot, SayThatSomeAreMissingWhenThereWereTooMany) {
  WireSecrets secrets(log_, MXLAB_SECRETS);
  secrets.overhear(root_);
  tell("CLIENT_RANDOM 01 02\n", kSecretRoom + 1);
  EXPECT_THROW(secrets.finish(), std::runtime_error);
  EXPECT_THAT(lines_of(read(log_)), Contains("CLIENT_RANDOM 01 02"));
}

TEST_F(SecretsOfARoot, NameTheFileThatCannotBeWritten) {
  try {
    const WireSecrets secrets(root_ / "nowhere/run.keys", MXLAB_SECRETS);
    ADD_FAILURE() << "it can be written";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("nowhere/run.keys"), std::string::npos);
  }
}

constexpr const char* kStory = R"(name: Two ways under TLS
dns:
  example.org: [MX 10 mail.example.org, MX 100 mx2.example.org]
  websteading.net: [MX 10 mail.websteading.net]
hosts:
  mail.websteading.net: {is: sender}
  mail.example.org: {is: primary}
  mx2.example.org:
    is: relay
    config: |
      pki mx2.example.org cert "/etc/ssl/mx2.example.org.pem"
      pki mx2.example.org key "/etc/ssl/private/mx2.example.org.key"
      listen on egress tls pki mx2.example.org
      action "backup" relay backup
      match from any for domain "example.org" action "backup"
steps:
  - stop: mail.example.org
  - send: {from: test@websteading.net, to: someone@example.org}
  - within: 20s
    expect: {mx2.example.org: {queue: 1}}
  - start: mail.example.org
    schedule: mx2.example.org
  - within: 20s
    expect: {mail.example.org: {mailbox: {someone@example.org: 1}}}
)";

using LiveSecrets = LiveTest;

TEST_F(LiveSecrets, AreToldByTheRelayAsItIsAndByThoseWhoSpeakToIt) {
  inside([](const fs::path& place) {
    const auto scenario = scenario::parse("story.yaml", kStory).scenario.value();
    const std::string log = place / "run.keys";
    WireSecrets secrets(log, MXLAB_SECRETS);
    {
      LiveLab lab(scenario, {place, MXLAB_MXRELAYD, std::chrono::seconds(10), &secrets});
      EXPECT_TRUE(Runner(lab, {}).run().failures.empty());
    }
    secrets.finish();
    const auto by_sender = told_on(place, "mail.websteading.net");
    const auto by_relay = told_on(place, "mx2.example.org");
    const auto by_primary = told_on(place, "mail.example.org");
    EXPECT_THAT(by_sender, SizeIs(1));
    EXPECT_THAT(by_primary, SizeIs(1));
    EXPECT_THAT(by_relay, ::testing::IsSupersetOf(by_sender));
    EXPECT_THAT(by_relay, ::testing::IsSupersetOf(by_primary));
    EXPECT_EQ(connections_in(read(log)), by_relay);
    const auto lines = lines_of(read(log));
    EXPECT_EQ(std::set(lines.begin(), lines.end()).size(), lines.size());
  });
}

}  // namespace
}  // namespace mxlab::sim::live
