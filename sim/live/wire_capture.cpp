#include "sim/live/wire_capture.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "sim/live/system.hpp"
#include "sim/live/wires.hpp"
#include "sim/report/pcap.hpp"

namespace mxlab::sim::live {

namespace {

constexpr std::size_t kLongestFrame = 262'144;

/// Sees every frame that passes the bridge, once, with the time at which it did.
int open_socket() {
  const auto everything = htons(ETH_P_ALL);
  // Bound first: without an interface it would see each frame at every port of the bridge.
  const int socket = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  require(socket >= 0, "cannot listen to the wires");
  const int on = 1, room = 16 << 20;
  ::setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  ::setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  sockaddr_ll place{};
  place.sll_family = AF_PACKET;
  place.sll_protocol = everything;
  place.sll_ifindex = static_cast<int>(::if_nametoindex(kBridge));
  packet_mreq all{};
  all.mr_ifindex = place.sll_ifindex;
  all.mr_type = PACKET_MR_PROMISC;
  require(::setsockopt(socket, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all) == 0,
          "cannot listen to everything on the wires");
  require(::bind(socket, reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0,
          "cannot listen to the bridge");
  return socket;
}

TimePoint time_of(msghdr& message) {
  timespec at{};
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part))
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS)
      std::memcpy(&at, CMSG_DATA(part), sizeof at);
  return TimePoint(std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec));
}

/// What waits in the socket.
void write_waiting(int socket, report::PcapFile& file, std::vector<char>& buffer) {
  for (;;) {
    std::array<char, 256> control;
    iovec where{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &where;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(socket, &message, 0);
    if (size < 0) return;
    file.write(time_of(message), {buffer.data(), static_cast<std::size_t>(size)});
  }
}

/// The writing process: until nobody holds the other end of the pipe.
int write_until_end(int socket, int end, const std::string& name) try {
  report::PcapFile file(name);
  std::vector<char> buffer(kLongestFrame);
  std::array<pollfd, 2> both{{{socket, POLLIN, 0}, {end, POLLIN, 0}}};
  while (both[1].revents == 0) {
    if (::poll(both.data(), both.size(), -1) < 0 && errno != EINTR) return 1;
    write_waiting(socket, file, buffer);
  }
  file.finish();
  return 0;
} catch (const std::exception&) {
  return 1;
}

/// Nothing of the lab's stays open here: whoever waits for the end of a pipe would wait for us.
[[noreturn]] void be_writer(int socket, int end, const std::string& name) {
  constexpr int kFirstFree = 3, kAway = 100;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int away = ::fcntl(socket, F_DUPFD_CLOEXEC, kAway);
  ::dup2(end, kFirstFree);
  ::dup2(away, kFirstFree + 1);
  ::close_range(kFirstFree + 2, ~0U, 0);
  ::_exit(write_until_end(kFirstFree + 1, kFirstFree, name));
}

}  // namespace

WireCapture::WireCapture(const std::string& file) : file_(file) {
  report::PcapFile{file};  // whether it can be written is said now
  const int socket = open_socket();
  writer_ = ::fork();
  if (writer_ == 0) be_writer(socket, end_.reading(), file_);
  ::close(socket);
  require(writer_ > 0, "cannot start a process");
  end_.close_reading();
}

WireCapture::~WireCapture() {
  end_.close_writing();
  if (writer_ > 0) ::waitpid(writer_, nullptr, 0);
}

void WireCapture::finish() {
  end_.close_writing();
  int status = 0;
  ::waitpid(std::exchange(writer_, -1), &status, 0);
  if (status != 0) throw std::runtime_error(file_ + ": the capture could not be written");
}

}  // namespace mxlab::sim::live
