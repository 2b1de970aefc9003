#include "sim/live/wire_capture.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/live/inside.hpp"

namespace mxlab::sim::live {
namespace {

namespace fs = std::filesystem;

constexpr std::uint16_t kPort = 25;

using LiveCapture = LiveTest;

std::vector<MachineSpec> two_machines() {
  const auto address = [](const char* text) { return asio::ip::make_address(text); };
  return {{"anna.example", {address("192.0.2.1"), address("2001:db8::1")}},
          {"bert.example", {address("192.0.2.2"), address("2001:db8::2")}}};
}

std::string read(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

struct Syns {
  std::size_t asked = 0, answered = 0;
};

/// Of TCP over IPv4 and IPv6, to the port and from it. A capture that is cut off throws.
Syns syns_of(const std::string& capture) {
  constexpr std::size_t kFileHeader = 24, kFrameHeader = 16, kEthernet = 14, kV4 = 20, kV6 = 40;
  constexpr std::size_t kTcpFlags = 13;
  constexpr unsigned kTcp = 6, kSyn = 2, kAck = 16;
  Syns found;
  for (std::size_t at = kFileHeader; at < capture.size();) {
    std::uint32_t size = 0;
    std::memcpy(&size, &capture.at(at + 8), sizeof size);
    const std::string frame = capture.substr(at + kFrameHeader, size);
    at += kFrameHeader + size;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(frame.at(i)); };
    const bool v4 = byte(kEthernet) >> 4 == 4 && byte(12) == 0x08 && byte(13) == 0x00;
    const bool v6 = byte(12) == 0x86 && byte(13) == 0xdd;
    if (!(v4 && byte(kEthernet + 9) == kTcp) && !(v6 && byte(kEthernet + 6) == kTcp)) continue;
    const std::size_t tcp = kEthernet + (v4 ? kV4 : kV6);
    if (byte(tcp + 3) == kPort && byte(tcp + kTcpFlags) == kSyn) ++found.asked;
    if (byte(tcp + 1) == kPort && byte(tcp + kTcpFlags) == (kSyn | kAck)) ++found.answered;
  }
  return found;
}

TEST_F(LiveCapture, HasEachSegmentOnceThatMachinesSendToEachOther) {
  inside([](const fs::path& place) {
    Wires wires(place, two_machines());
    const Listening service(wires.machine("bert.example"), kPort);
    const fs::path file = place / "run.pcap";
    WireCapture capture(file);
    ASSERT_EQ(connect_from(wires.machine("anna.example"), endpoint("192.0.2.2", kPort)), 0);
    ASSERT_EQ(connect_from(wires.machine("anna.example"), endpoint("2001:db8::2", kPort)), 0);
    capture.finish();
    const Syns found = syns_of(read(file));
    EXPECT_EQ(found.asked, 2U);
    EXPECT_EQ(found.answered, 2U);
  });
}

TEST_F(LiveCapture, SaysWhichFileCannotBeWritten) {
  inside([](const fs::path& place) {
    const Wires wires(place, two_machines());
    try {
      WireCapture capture(place / "nowhere/run.pcap");
      ADD_FAILURE() << "it can be written";
    } catch (const std::system_error& error) {
      EXPECT_NE(std::string(error.what()).find("nowhere/run.pcap"), std::string::npos);
    }
  });
}

}  // namespace
}  // namespace mxlab::sim::live
