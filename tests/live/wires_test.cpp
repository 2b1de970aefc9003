#include "sim/live/wires.hpp"

#include <cerrno>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "sim/live/child.hpp"
#include "sim/live/faults.hpp"
#include "sim/live/sandbox.hpp"
#include "tests/live/inside.hpp"

namespace mxlab::sim::live {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAnna4 = "192.0.2.1";
constexpr const char* kBert4 = "192.0.2.2";
constexpr const char* kBert6 = "2001:db8::2";
constexpr const char* kNobody = "192.0.2.99";
constexpr int kNoAnswer = EINPROGRESS;
constexpr int kBriefly = 300;  // milliseconds, where silence is expected

std::vector<MachineSpec> three_machines() {
  const auto address = [](const char* text) { return asio::ip::make_address(text); };
  return {{"anna.example", {address(kAnna4), address("2001:db8::1")}},
          {"bert.example", {address(kBert4), address(kBert6)}},
          {"carl.example", {address("192.0.2.3"), address("2001:db8::3")}}};
}

/// Three machines; bert listens on port 25.
struct Trio {
  explicit Trio(const fs::path& place)
      : wires(place, three_machines()),
        anna(wires.machine("anna.example")),
        bert(wires.machine("bert.example")),
        carl(wires.machine("carl.example")),
        service(bert, 25),
        faults(wires) {}
  /// What anna, or another, learns when she connects to bert.
  int connect(const char* to, int limit = 4000) const {
    return connect_from(anna, endpoint(to, 25), limit);
  }

  Wires wires;
  Machine &anna, &bert, &carl;
  Listening service;
  Faults faults;
};

using LiveWires = LiveTest;
using LiveFaults = LiveTest;
using LiveMachine = LiveTest;

TEST_F(LiveWires, JoinMachinesByBothProtocolsAtOnce) {
  inside([](const fs::path& place) {
    const Trio trio(place);
    EXPECT_EQ(trio.connect(kBert4), 0);
    EXPECT_EQ(trio.connect(kBert6), 0);
  });
}

TEST_F(LiveWires, ReachTheLabItselfWhereItsNameServerAnswers) {
  inside([](const fs::path& place) {
    const Trio trio(place);
    // Nobody listens there yet, and the lab's kernel says so.
    EXPECT_EQ(connect_from(trio.anna, endpoint(kNameServer4, 53)), ECONNREFUSED);
    EXPECT_EQ(connect_from(trio.anna, endpoint(kNameServer6, 53)), ECONNREFUSED);
  });
}

TEST_F(LiveWires, LetAnAbsentNeighbourBeUnreachable) {
  inside([](const fs::path& place) {
    const Trio trio(place);
    EXPECT_EQ(connect_from(trio.anna, endpoint(kNobody, 25)), EHOSTUNREACH);
  });
}

TEST_F(LiveFaults, DroppedPacketsAreMetWithSilence) {
  inside([](const fs::path& place) {
    Trio trio(place);
    trio.faults.set("bert.example", FaultKind::kDrop);
    EXPECT_EQ(trio.connect(kBert4, kBriefly), kNoAnswer);
    EXPECT_EQ(trio.connect(kBert6, kBriefly), kNoAnswer);
    EXPECT_EQ(connect_from(trio.bert, endpoint(kAnna4, 25), kBriefly), kNoAnswer);
    trio.faults.heal("bert.example");
    EXPECT_EQ(trio.connect(kBert4), 0);
    EXPECT_EQ(trio.connect(kBert6), 0);
  });
}

TEST_F(LiveFaults, ARejectedConnectionIsRefused) {
  inside([](const fs::path& place) {
    Trio trio(place);
    trio.faults.set("bert.example", FaultKind::kReject);
    EXPECT_EQ(trio.connect(kBert4), ECONNREFUSED);
    EXPECT_EQ(trio.connect(kBert6), ECONNREFUSED);
  });
}

TEST_F(LiveFaults, AProhibitedConnectionIsToldSo) {
  inside([](const fs::path& place) {
    Trio trio(place);
    trio.faults.set("bert.example", FaultKind::kProhibit);
    EXPECT_EQ(trio.connect(kBert4), EHOSTUNREACH);
    EXPECT_EQ(trio.connect(kBert6), EACCES);  // Linux tells the two protocols' errors apart
  });
}

TEST_F(LiveFaults, AnUnreachableMachineAnswersNoNeighbourAndComesBack) {
  inside([](const fs::path& place) {
    Trio trio(place);
    EXPECT_EQ(trio.connect(kBert4), 0);
    trio.faults.set("bert.example", FaultKind::kUnreachable);
    EXPECT_EQ(trio.connect(kBert4), EHOSTUNREACH);
    EXPECT_EQ(trio.connect(kBert6), EHOSTUNREACH);
    trio.faults.heal_all();
    EXPECT_EQ(trio.connect(kBert4), 0);
    EXPECT_EQ(trio.connect(kBert6), 0);
  });
}

TEST_F(LiveFaults, MayBeAboutOneSenderAlone) {
  inside([](const fs::path& place) {
    Trio trio(place);
    trio.faults.set("bert.example", FaultKind::kReject, "anna.example");
    EXPECT_EQ(trio.connect(kBert4), ECONNREFUSED);
    EXPECT_EQ(connect_from(trio.carl, endpoint(kBert4, 25)), 0);
    trio.faults.heal("bert.example", "anna.example");
    EXPECT_EQ(trio.connect(kBert4), 0);
  });
}

TEST_F(LiveFaults, ChanceTakesThePacketsItIsTold) {
  inside([](const fs::path& place) {
    Trio trio(place);
    trio.faults.set_line({.loss = 1});
    EXPECT_EQ(trio.connect(kBert4, kBriefly), kNoAnswer);
    trio.faults.heal("bert.example");  // no fault of a host is a fault of the wires
    EXPECT_EQ(trio.connect(kBert4, kBriefly), kNoAnswer);
    trio.faults.heal_all();
    EXPECT_EQ(trio.connect(kBert4), 0);
  });
}

TEST_F(LiveFaults, WiresAreSlowWhereTheKernelHasNetemAndSayOtherwiseThatTheyAreNot) {
  const bool netem = has_netem();
  inside([netem](const fs::path& place) {
    Trio trio(place);
    EXPECT_EQ(trio.faults.has_netem(), netem);
    const Line slow{.least = std::chrono::milliseconds(400),
                    .most = std::chrono::milliseconds(400)};
    if (!netem) {
      EXPECT_THROW(trio.faults.set_line(slow), std::runtime_error);
      return;
    }
    trio.faults.set_line(slow);
    EXPECT_EQ(trio.connect(kBert4, kBriefly), kNoAnswer);
    trio.faults.heal_all();
    EXPECT_EQ(trio.connect(kBert4, kBriefly), 0);
  });
}

TEST_F(LiveMachine, HasAnEtcAndANameOfItsOwn) {
  inside([](const fs::path& place) {
    const Trio trio(place);
    const Finished cat = run_program(
        trio.anna, {.words = {"sh", "-c",
                              "uname -n; cat /etc/resolv.conf; id -u; getent hosts anna.example"}});
    EXPECT_EQ(cat.status, 0) << cat.error;
    EXPECT_THAT(cat.out,
                ::testing::StartsWith("anna.example\nnameserver 192.0.2.53\n1000\n2001:db8::1"));
  });
}

TEST_F(LiveMachine, KeepsItsFilesToItselfAndTheProgramsAsTheyAre) {
  inside([](const fs::path& place) {
    const Trio trio(place);
    trio.anna.install("/etc/mxrelay/smtpd.conf", "text\n");
    const auto shell = [](const Machine& machine, const std::string& command) {
      return run_program(machine, {.words = {"sh", "-c", command}});
    };
    EXPECT_EQ(shell(trio.anna, "cat /etc/mxrelay/smtpd.conf").out, "text\n");
    EXPECT_NE(shell(trio.bert, "cat /etc/mxrelay/smtpd.conf").status, 0);
    EXPECT_NE(shell(trio.anna, "touch /usr/file").status, 0);
    EXPECT_EQ(shell(trio.anna, "touch /var/file").status, 0);
    EXPECT_TRUE(fs::exists(trio.anna.at("/var/file")));
    EXPECT_FALSE(fs::exists(trio.bert.at("/var/file")));
  });
}

TEST_F(LiveMachine, HasADiskThatFillsUp) {
  inside([](const fs::path& place) {
    const Trio trio(place);
    trio.anna.limit_disk("/var/spool", 1 << 20);
    const auto write = [&](int kilobytes) {
      const std::string command = fmt::format("head -c {}K /dev/zero > /var/spool/file", kilobytes);
      return run_program(trio.anna, {.words = {"sh", "-c", command}}).status == 0;
    };
    EXPECT_TRUE(write(512));
    EXPECT_FALSE(write(2048));
  });
}

TEST_F(LiveMachine, GivesItsProgramsNoDescriptorOfTheLab) {
  inside([](const fs::path& place) {
    const Trio trio(place);
    const int leaked = ::dup(STDOUT_FILENO);
    // The fourth is the folder that ls reads.
    EXPECT_EQ(run_program(trio.anna, {.words = {"ls", "/proc/self/fd"}}).out, "0\n1\n2\n3\n");
    ::close(leaked);
  });
}

TEST_F(LiveMachine, SaysWhichProgramItDoesNotHave) {
  inside([](const fs::path& place) {
    const Trio trio(place);
    try {
      run_program(trio.anna, {.words = {"/no/such/program"}});
      FAIL() << "it was started";
    } catch (const std::exception& error) {
      EXPECT_STREQ(error.what(), "cannot start /no/such/program: No such file or directory");
    }
  });
}

}  // namespace
}  // namespace mxlab::sim::live
