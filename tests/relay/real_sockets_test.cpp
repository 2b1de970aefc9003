// The relay that the lab plays is the relay that runs on real sockets and a real disk.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "fakedns/server.hpp"
#include "relay/relay.hpp"
#include "relay/world/real_disk.hpp"
#include "relay/world/real_world.hpp"
#include "relay/world/spawn.hpp"
#include "sim/actors/dialogue.hpp"

namespace mxlab::relay {
namespace {
using namespace std::chrono_literals;

struct Lines final : world::Journal {
  void record(const world::Fact& fact) override {
    if (fact.kind == world::FactKind::kLog) text += std::string(fact.text) + "\n";
  }
  std::string text;
};

/// A folder of its own, gone at the end.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "mxlab-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string path(const std::string& file) const { return path_ + "/" + file; }

 private:
  std::string path_;
};

std::uint16_t free_port(world::World& world) {
  auto listener = world.network.listen({asio::ip::make_address("127.0.0.1"), 0}, 1);
  return listener->local().port;
}

/// One life of a relay on loopback, and a client who speaks to it.
class RealRelay {
 public:
  explicit RealRelay(const Folder& folder) : real_(disk_, journal_) {
    dns_ = std::make_shared<fakedns::Server>(real_.world(), zones_, lies_);
    zones_.add_zone(".");
    zones_.add("example.org", "MX 10 mail.example.org.");
    options_.name_servers = {dns_->start({asio::ip::make_address("127.0.0.1"), 0})};
    port_ = free_port(real_.world());
    std::ofstream(folder.path("smtpd.conf"))
        << "listen on 127.0.0.1 port " << port_ << "\naction \"backup\" relay backup\n"
        << "match from any for domain \"example.org\" action \"backup\"\n";
    options_.config_file = folder.path("smtpd.conf");
    options_.queue_directory = folder.path("spool");
    options_.hostname = "mx2.example.org";
    relay_ = std::make_shared<Relay>(real_.world(), options_);
    real_.hold(relay_);
  }

  /// Starts, holds the dialogue, stops. What differed from it, or why the relay ended.
  std::string talk(std::vector<std::string> say, std::vector<std::string> hear) {
    std::string outcome = "nothing happened";
    world::spawn(real_.world(), live());
    world::spawn(
        real_.world(),
        speak({{asio::ip::make_address("127.0.0.1"), port_}, std::move(say), std::move(hear), 10s},
              outcome));
    real_.run();
    return outcome;
  }
  control::Digest digest() const { return relay_->counters().digest(); }
  const std::string& log() const { return journal_.text; }

 private:
  world::awaitable<void> live() { co_await relay_->run(); }
  world::awaitable<void> speak(sim::DialogueScript script, std::string& outcome) {
    for (int i = 0; i < 1000 && !relay_->started(); ++i)
      co_await real_.world().clock.sleep_for(10ms);
    outcome = co_await sim::hold_dialogue(real_.world(), std::move(script));
    relay_->stop();
    real_.stop();
  }

  world::RealDisk disk_;
  Lines journal_;
  fakedns::ZoneSet zones_;
  fakedns::Lies lies_;
  world::RealWorld real_;
  std::shared_ptr<fakedns::Server> dns_;
  RelayOptions options_;
  std::uint16_t port_ = 0;
  std::shared_ptr<Relay> relay_;
};

std::int64_t rows_in(const std::string& database, const std::string& table) {
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  std::int64_t rows = -1;
  if (sqlite3_open_v2(database.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK &&
      sqlite3_prepare_v2(db, ("SELECT count(*) FROM " + table).c_str(), -1, &statement, nullptr) ==
          SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW)
    rows = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return rows;
}

TEST(RelayOnRealSockets, KeepsWhatItHasAcceptedFromOneProcessLifeToTheNext) {
  Folder folder;
  {
    RealRelay relay(folder);
    EXPECT_EQ(
        relay.talk({"EHLO client.example.net", "MAIL FROM:<a@example.net>",
                    "RCPT TO:<b@example.org>", "DATA", "Subject: hello", "", "world", ".", "QUIT"},
                   {"220 mx2.example.org", "250", "250", "250", "354", "250 2.0.0", "221"}),
        "")
        << relay.log();
    EXPECT_EQ(relay.digest().enqueued, 1);
    EXPECT_EQ(relay.digest().connects, relay.digest().disconnects);
  }
  EXPECT_EQ(rows_in(folder.path("spool/queue.sqlite"), "envelope"), 1)
      << "sqlite3 reads the queue of a stopped relay";
  RealRelay again(folder);
  EXPECT_EQ(again.talk({"QUIT"}, {"220", "221"}), "") << again.log();
  EXPECT_EQ(again.digest().enqueued, 1) << "the envelope is read back at the start\n"
                                        << again.log();
}

TEST(RelayOnRealSockets, RefusesToRelayForStrangers) {
  Folder folder;
  RealRelay relay(folder);
  EXPECT_EQ(relay.talk({"EHLO client.example.net", "MAIL FROM:<a@example.net>",
                        "RCPT TO:<b@elsewhere.example>", "QUIT"},
                       {"220", "250", "250", "550", "221"}),
            "")
      << relay.log();
  EXPECT_EQ(relay.digest().enqueued, 0);
}

}  // namespace
}  // namespace mxlab::relay
