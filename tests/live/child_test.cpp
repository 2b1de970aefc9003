#include "sim/live/child.hpp"

#include <chrono>
#include <csignal>
#include <gmock/gmock.h>

#include "relay/world/real_disk.hpp"
#include "relay/world/spawn.hpp"
#include "sim/live/life.hpp"
#include "tests/live/inside.hpp"

namespace mxlab::sim::live {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::ElementsAre;

/// A machine without wires, and somebody who listens to the programs on it.
class Listener {
 public:
  explicit Listener(const fs::path& place) : machine({"anna.example", {}}, place) {}

  Ears ears() {
    Ears made;
    made.out = [this](std::string line) { out.push_back(std::move(line)); };
    made.error = [this](std::string line) { error.push_back(std::move(line)); };
    made.events = [this](std::string line) { events.push_back(std::move(line)); };
    made.ended = [this](int how) { status = how; };
    return made;
  }
  static Command shell(const std::string& script) { return {.words = {"sh", "-c", script}}; }
  bool comes(const std::function<bool()>& truth) {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    io.restart();
    while (!truth() && std::chrono::steady_clock::now() < limit) io.run_one_until(limit);
    return truth();
  }

  asio::io_context io;
  Machine machine;
  std::vector<std::string> out, error, events;
  std::optional<int> status;
};

using LiveChild = LiveTest;
using LiveLife = LiveTest;

TEST_F(LiveChild, IsHeardLineByLineOnAllItsOutputsUntilItsEnd) {
  inside([](const fs::path& place) {
    Listener listener(place);
    const Child child(
        listener.io, listener.machine,
        Listener::shell("echo one; echo two >&2; echo three >&3; printf four; exit 5"),
        listener.ears());
    ASSERT_TRUE(listener.comes([&] { return listener.status.has_value(); }));
    EXPECT_EQ(listener.status, 5);
    EXPECT_EQ(child.status(), 5);
    EXPECT_THAT(listener.out, ElementsAre("one", "four"));
    EXPECT_THAT(listener.error, ElementsAre("two"));
    EXPECT_THAT(listener.events, ElementsAre("three"));
  });
}

TEST_F(LiveChild, ReadsWhatItIsTold) {
  inside([](const fs::path& place) {
    Listener listener(place);
    Child child(listener.io, listener.machine, {.words = {"cat"}}, listener.ears());
    const std::string long_line(300'000, 'x');
    child.write("one\n" + long_line + "\n");
    child.write("three\n");
    child.close_input();
    ASSERT_TRUE(listener.comes([&] { return listener.status.has_value(); }));
    EXPECT_THAT(listener.out, ElementsAre("one", long_line, "three"));
  });
}

TEST_F(LiveChild, HearsSignals) {
  inside([](const fs::path& place) {
    Listener listener(place);
    Child child(
        listener.io, listener.machine,
        Listener::shell("trap 'echo told; exit 7' TERM; echo ready; while :; do read x; done"),
        listener.ears());
    ASSERT_TRUE(listener.comes([&] { return !listener.out.empty(); }));
    child.signal(SIGTERM);
    child.close_input();
    ASSERT_TRUE(listener.comes([&] { return listener.status.has_value(); }));
    EXPECT_EQ(listener.status, 7);
    EXPECT_THAT(listener.out, ElementsAre("ready", "told"));
  });
}

TEST_F(LiveChild, IsHeardToItsLastWordWhenItIsKilled) {
  inside([](const fs::path& place) {
    Listener listener(place);
    Child child(listener.io, listener.machine,
                Listener::shell("echo one; echo two; echo three >&3; read forever"),
                listener.ears());
    // Events come last, and nobody has listened to the lines before them yet.
    ASSERT_TRUE(listener.comes([&] { return !listener.events.empty(); }));
    child.kill();
    EXPECT_EQ(child.status(), 128 + SIGKILL);
    EXPECT_THAT(listener.out, ElementsAre("one", "two"));
    EXPECT_FALSE(listener.status.has_value());
  });
}

/// A program's life on a machine, in a world.
struct Alive {
  explicit Alive(const fs::path& place)
      : machine({"anna.example", {}}, place),
        world(disk, silent),
        life(std::make_shared<Life>(world, machine,
                                    [this](std::string why) { deaths.push_back(why); })) {}
  ~Alive() { life->bury(); }
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;

  /// What the start of this script comes to; "up" means that it serves.
  std::string begin(const std::string& script) {
    Life::Plan plan;
    plan.command = Listener::shell(script);
    plan.on_out = [this](const std::string& line) {
      if (line == "up") life->started();
    };
    return run(Life::begin(life, std::move(plan)));
  }
  std::string run(awaitable<std::string> work) {
    std::optional<std::string> result;
    world::spawn(
        world.world(),
        [](awaitable<std::string> todo, std::optional<std::string>& into) -> awaitable<void> {
          into = co_await std::move(todo);
        }(std::move(work), result));
    return comes([&result] { return result.has_value(); }) ? *result : "never";
  }
  bool comes(const std::function<bool()>& truth) {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    world.io().restart();
    while (!truth() && std::chrono::steady_clock::now() < limit) world.io().run_one_until(limit);
    return truth();
  }

  class Silent final : public world::Journal {
   public:
    void record(const world::Fact&) override {}
  } silent;
  world::RealDisk disk;
  Machine machine;
  world::RealWorld world;
  std::shared_ptr<Life> life;
  std::vector<std::string> deaths;
};

TEST_F(LiveLife, WhoDiesUntoldIsReportedWithItsLastWords) {
  inside([](const fs::path& place) {
    Alive alive(place);
    EXPECT_EQ(alive.begin("echo up; read x; echo 'disk on fire' >&2; exit 3"), "");
    EXPECT_TRUE(alive.life->is_up());
    alive.life->child()->close_input();
    ASSERT_TRUE(alive.comes([&] { return !alive.deaths.empty(); }));
    EXPECT_THAT(alive.deaths, ElementsAre("disk on fire"));
    EXPECT_FALSE(alive.life->is_up());
  });
}

TEST_F(LiveLife, AStartThatFailsIsNoDeath) {
  inside([](const fs::path& place) {
    Alive alive(place);
    EXPECT_EQ(alive.begin("exit 4"), "it ended with status 4");
    EXPECT_EQ(alive.begin("kill -9 $$"), "it was ended by signal 9");
    EXPECT_THAT(alive.deaths, ::testing::IsEmpty());
    EXPECT_EQ(alive.begin("echo up; read x"), "");
  });
}

TEST_F(LiveLife, AnOrderlyEndIsWaitedFor) {
  inside([](const fs::path& place) {
    Alive alive(place);
    EXPECT_EQ(alive.begin("echo up; read x; exit 1"), "");
    const auto life = alive.life;
    EXPECT_EQ(alive.run(Life::end(life, [life] { life->child()->close_input(); })), "");
    EXPECT_EQ(life->child()->status(), 1);
    EXPECT_THAT(alive.deaths, ::testing::IsEmpty());
  });
}

}  // namespace
}  // namespace mxlab::sim::live
