// What a configuration needs is what the sandbox lets through.
#include "relay/daemon/reach.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mxlab::daemon {
namespace {
using testing::Contains;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
using testing::Optional;

struct Text final : config::FileReader {
  explicit Text(std::string t) : text(std::move(t)) {}
  std::string read(const std::string& path) const override {
    if (path == "smtpd.conf") return text;
    throw std::system_error(std::make_error_code(std::errc::no_such_file_or_directory));
  }
  std::string text;
};

relay::Settings settings_of(const std::string& text) {
  auto parsed = config::parse("smtpd.conf", Text(text));
  for (const auto& diagnostic : parsed.diagnostics)
    if (!diagnostic.warning) throw std::runtime_error(config::format(diagnostic));
  relay::Settings settings;
  settings.config = std::make_shared<const config::Config>(std::move(parsed.config).value());
  settings.accounts = std::make_shared<const delivery::Accounts>();
  settings.name_servers = {{asio::ip::make_address("192.0.2.53"), 5353}};
  return settings;
}

const std::string kBackup =
    "listen on 192.0.2.1\naction \"backup\" relay backup\nmatch from any for any action "
    "\"backup\"\n";

Reach reach_for(const std::string& text, std::set<std::string> files = {}) {
  return reach_of(settings_of(text), {}, files);
}

TEST(Reach, OfABackupIsItsSpoolItsFilesAndTheMailPorts) {
  const Reach reach = reach_for(kBackup, {"/etc/mxrelay/smtpd.conf", "/etc/passwd"});
  EXPECT_THAT(reach.read, IsSupersetOf({"/etc/mxrelay", "/etc/passwd"}));
  EXPECT_THAT(reach.read, Not(Contains("/etc"))) << "/etc/shadow is none of our business";
  EXPECT_THAT(reach.write, testing::ElementsAre("/run/mxrelay", "/var/spool/mxrelay"));
  EXPECT_THAT(reach.bind, testing::ElementsAre(0, 25));
  EXPECT_THAT(reach.connect, Contains(25)) << "mail";
  EXPECT_THAT(reach.connect, Contains(5353)) << "the name server, over TCP";
  EXPECT_THAT(reach.connect, Not(Contains(22)));
}

TEST(Reach, MailboxesAreReachedOnlyWhereMailIsLocal) {
  const Reach mbox =
      reach_for("listen on 192.0.2.1\naction \"l\" mbox\nmatch for local action \"l\"\n");
  EXPECT_THAT(mbox.write, Contains(HasSubstr("mail")));
  const Reach maildir = reach_for(
      "listen on 192.0.2.1\naction \"l\" maildir \"/var/vmail/%{dest.domain}/%{dest.user}\"\n"
      "match for local action \"l\"\n");
  EXPECT_THAT(maildir.write, Contains("/var/vmail"));
  EXPECT_THAT(maildir.write, Not(Contains("/home")));
}

TEST(Reach, APortThatTheStartDidNotKnowNeedsARestart) {
  const Reach granted = reach_for(kBackup);
  EXPECT_EQ(beyond(granted, reach_for(kBackup)), std::nullopt);
  EXPECT_THAT(beyond(granted, reach_for("listen on 192.0.2.1 port 2525\n" + kBackup)),
              Optional(HasSubstr("listening on port 2525 is outside the sandbox")));
  EXPECT_THAT(
      beyond(granted, reach_for(kBackup + "action \"x\" relay host smtp://192.0.2.9:2626\n")),
      Optional(HasSubstr("connecting to port 2626")));
}

}  // namespace
}  // namespace mxlab::daemon
