// Local mail into a real dovecot (Debian: dovecot-core, dovecot-lmtpd) over LMTP.
//
// Skipped by name where dovecot is not installed. It runs in a folder of its own, as nobody when
// the test is root.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay/relay.hpp"
#include "relay/world/real_disk.hpp"
#include "relay/world/real_world.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::relay {
namespace {
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

namespace fs = std::filesystem;

constexpr const char* kDovecot = "/usr/sbin/dovecot";
constexpr const char* kLmtp = "/usr/lib/dovecot/lmtp";

struct Nothing final : world::Journal {
  void record(const world::Fact&) override {}
};

/// The user as whom dovecot stores mail.
std::string mail_user() {
  const passwd* entry = ::geteuid() == 0 ? ::getpwnam("nobody") : ::getpwuid(::geteuid());
  return entry == nullptr ? "nobody" : entry->pw_name;
}

/// One dovecot with the user alice.
class Dovecot {
 public:
  explicit Dovecot(std::uint16_t port) {
    std::string name = (fs::temp_directory_path() / "mxlab-dovecot-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
    for (const char* part : {"run", "state", "mail"}) fs::create_directory(path_ + "/" + part);
    std::ofstream(path_ + "/users") << "alice::::::\n";
    const passwd* entry = ::getpwnam(mail_user().c_str());
    std::ofstream(path_ + "/dovecot.conf") << configuration(entry->pw_gid, port);
    if (::geteuid() != 0) return;
    for (const auto& item : fs::recursive_directory_iterator(path_))
      EXPECT_EQ(::chown(item.path().c_str(), entry->pw_uid, entry->pw_gid), 0);
    fs::permissions(path_, fs::perms::owner_all | fs::perms::others_exec);
  }
  ~Dovecot() {
    if (process_ > 0) {
      ::kill(process_, SIGTERM);
      ::waitpid(process_, nullptr, 0);
    }
    fs::remove_all(path_);
  }
  Dovecot(const Dovecot&) = delete;
  Dovecot& operator=(const Dovecot&) = delete;

  void start() {
    process_ = ::fork();
    if (process_ != 0) return;
    const std::string file = path_ + "/dovecot.conf";
    ::execl(kDovecot, kDovecot, "-F", "-c", file.c_str(), nullptr);
    ::_exit(127);
  }
  std::string socket() const { return path_ + "/run/lmtp"; }
  /// The texts of alice's new mail.
  std::vector<std::string> mails() const {
    std::vector<std::string> texts;
    if (!fs::exists(path_ + "/mail/alice/new")) return texts;
    for (const auto& item : fs::directory_iterator(path_ + "/mail/alice/new")) {
      std::ifstream file(item.path());
      texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    }
    return texts;
  }

 private:
  std::string configuration(gid_t group, std::uint16_t port) const {
    return fmt::format(R"(base_dir = {0}/run
state_dir = {0}/state
log_path = {0}/log
protocols = lmtp
listen = 127.0.0.1
ssl = no
default_internal_user = {1}
default_internal_group = {2}
default_login_user = {1}
mail_location = maildir:{0}/mail/%n
first_valid_uid = 1
mail_uid = {1}
mail_gid = {2}
auth_username_format = %n
userdb {{
  driver = passwd-file
  args = {0}/users
}}
passdb {{
  driver = passwd-file
  args = {0}/users
}}
service lmtp {{
  chroot =
  unix_listener lmtp {{
    mode = 0666
  }}
  inet_listener lmtp {{
    port = {3}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
)",
                       path_, mail_user(), ::getgrgid(group)->gr_name, port);
  }

  std::string path_;
  pid_t process_ = -1;
};

std::uint16_t free_port(world::World& world) {
  return world.network.listen({asio::ip::make_address("127.0.0.1"), 0}, 1)->local().port;
}

/// One life of a relay whose local mail goes to dovecot.
class DovecotRelay {
 public:
  explicit DovecotRelay(bool over_tcp)
      : real_(disk_, journal_), port_(free_port(real_.world())), dovecot_(port_) {
    std::string name = (fs::temp_directory_path() / "mxlab-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    std::ofstream(folder_ + "/smtpd.conf") << fmt::format(
        "listen on socket\n"
        "table users {{ alice = \"1000:1000:/h\", gone = \"1001:1001:/h\" }}\n"
        "action \"l\" lmtp \"{}\" userbase <users>\nmatch from any for local action \"l\"\n",
        over_tcp ? fmt::format("127.0.0.1:{}", port_) : dovecot_.socket());
    options_.config_file = folder_ + "/smtpd.conf";
    options_.queue_directory = folder_ + "/spool";
    options_.hostname = "mx2.example.org";
    options_.name_servers = {{asio::ip::make_address("127.0.0.1"), 9}};
    relay_ = std::make_shared<Relay>(real_.world(), options_);
    real_.hold(relay_);
  }
  ~DovecotRelay() { fs::remove_all(folder_); }
  DovecotRelay(const DovecotRelay&) = delete;
  DovecotRelay& operator=(const DovecotRelay&) = delete;

  void play(awaitable<void> story) {
    world::spawn(real_.world(), live());
    world::spawn(real_.world(), tell(std::move(story)));
    real_.run();
  }
  Dovecot& dovecot() { return dovecot_; }
  Relay& relay() { return *relay_; }

  awaitable<std::string> submit(std::vector<std::string> to, std::string text) {
    Submission submission{"alice@localhost", std::move(to), std::move(text)};
    co_return (co_await relay_->submit(std::move(submission))).text();
  }
  /// Tries what waits, again and again, until that many are left; the rows.
  awaitable<std::vector<control::QueueRow>> rows_down_to(std::size_t count) {
    for (int i = 0; i < 200; ++i) {
      auto rows = co_await relay_->desk().queue_rows();
      if (rows.size() <= count) co_return rows;
      co_await real_.world().clock.sleep_for(100ms);
      co_await relay_->desk().schedule_all();
    }
    co_return co_await relay_->desk().queue_rows();
  }
  /// Waits until the first attempt at everything has ended.
  awaitable<std::vector<control::QueueRow>> rows_tried() {
    for (int i = 0; i < 500; ++i) {
      auto rows = co_await relay_->desk().queue_rows();
      if (std::ranges::all_of(rows, [](const auto& row) { return row.retry > 0; })) co_return rows;
      co_await real_.world().clock.sleep_for(10ms);
    }
    co_return std::vector<control::QueueRow>{};
  }

 private:
  awaitable<void> live() { co_await relay_->run(); }
  awaitable<void> tell(awaitable<void> story) {
    for (int i = 0; i < 1000 && !relay_->started(); ++i)
      co_await real_.world().clock.sleep_for(10ms);
    co_await std::move(story);
    relay_->stop();
    real_.stop();
  }

  world::RealDisk disk_;
  Nothing journal_;
  world::RealWorld real_;
  std::uint16_t port_ = 0;
  Dovecot dovecot_;
  std::string folder_;
  RelayOptions options_;
  std::shared_ptr<Relay> relay_;
};

class LmtpToDovecot : public testing::TestWithParam<bool> {
  void SetUp() override {
    if (!fs::exists(kDovecot) || !fs::exists(kLmtp))
      GTEST_SKIP() << "dovecot-core and dovecot-lmtpd are not installed";
  }
};
INSTANTIATE_TEST_SUITE_P(Over, LmtpToDovecot, testing::Values(false, true),
                         [](const auto& over_tcp) { return over_tcp.param ? "Tcp" : "Socket"; });

const std::string kLetter =
    "Subject: gr\xc3\xbc\xc3\x9f dich\r\n\r\n.a dot\r\nFrom here\r\n8-bit: \xe4\r\n..\r\n";

awaitable<void> outage_story(DovecotRelay& relay) {
  EXPECT_THAT(co_await relay.submit({"alice@localhost", "gone@localhost"}, kLetter),
              StartsWith("250"));
  auto rows = co_await relay.rows_tried();
  EXPECT_THAT(rows, SizeIs(2)) << "nothing is lost while dovecot is down";
  for (const auto& row : rows) EXPECT_THAT(row.error, HasSubstr("takes no mail"));
  relay.dovecot().start();
  rows = co_await relay.rows_down_to(0);
  EXPECT_THAT(rows, IsEmpty()) << (rows.empty() ? "" : rows.front().error);
}

TEST_P(LmtpToDovecot, MailWaitsForItAndArrivesByteForByteAndWhoIsUnknownThereIsReported) {
  DovecotRelay relay(GetParam());
  relay.play(outage_story(relay));
  const auto mails = relay.dovecot().mails();
  ASSERT_THAT(mails, SizeIs(2)) << "the letter, and the report of its failure";
  const bool report_first = mails.front().find("MAILER-DAEMON") != std::string::npos;
  const std::string& report = report_first ? mails.front() : mails.back();
  const std::string& letter = report_first ? mails.back() : mails.front();
  EXPECT_THAT(letter, AllOf(HasSubstr("Return-Path: <alice@localhost>"),
                            HasSubstr("Delivered-To: alice"), HasSubstr("\n.a dot\n")));
  std::string text = kLetter;
  std::erase(text, '\r');
  EXPECT_TRUE(letter.ends_with(text)) << letter;
  EXPECT_THAT(report, AllOf(HasSubstr("gone@localhost"), HasSubstr("550 5.1.1")));
}

}  // namespace
}  // namespace mxlab::relay
