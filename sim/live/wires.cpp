#include "sim/live/wires.hpp"

#include <fmt/format.h>
#include <stdexcept>
#include <unistd.h>

#include "sim/live/child.hpp"
#include "sim/live/system.hpp"

namespace mxlab::sim::live {
namespace {

// A default route makes an interface what smtpd.conf calls `egress`. It is never taken: whatever is
// not on the wires meets a more exact route, which says that there is none.
constexpr const char* kEgress =
    "route add default dev eth0\n"
    "route add throw 0.0.0.0/1\nroute add throw 128.0.0.0/1\n"
    "route add ::/0 dev eth0\n"
    "route add throw ::/1\nroute add throw 8000::/1\n";

std::string prefix_of(const Address& address) {
  // Without waiting for somebody else to object to the address (RFC 4862 5.4).
  return address.to_string() + (address.is_v4() ? "/24" : "/64 nodad");
}

void expect_done(const Finished& finished, const std::string& what) {
  if (finished.status != 0) throw std::runtime_error(what + ": " + finished.error);
}

/// What differs from Linux as it comes, in each namespace of the lab.
void write_settings() {
  const std::string v6 = "/proc/sys/net/ipv6/";
  for (const char* scope : {"all", "default"}) {
    write_setting(v6 + "conf/" + scope + "/accept_dad", "0");
    write_setting(v6 + "conf/" + scope + "/accept_ra", "0");
  }
  // The kernel takes a moment to finish with a new address, also without asking others.
  write_setting(v6 + "ip_nonlocal_bind", "1");
  // A machine's programs run without root.
  write_setting("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
  // Each rejected packet is answered, not one a second.
  write_setting("/proc/sys/net/ipv4/icmp_ratelimit", "0");
  write_setting(v6 + "icmp/ratelimit", "0");
}

/// The lab's own end: the bridge, and itself on it.
std::string bridge_commands() {
  std::string commands = "link set lo up\n";
  commands += fmt::format("link add {} type bridge forward_delay 0 mcast_snooping 0\n", kBridge);
  for (const char* address : {kNameServer4, kNameServer6})
    commands +=
        fmt::format("address add {} dev {}\n", prefix_of(asio::ip::make_address(address)), kBridge);
  return commands + fmt::format("link set {} up\n", kBridge);
}

/// A machine's end of its wire; the other end comes out in the lab's namespace.
std::string wire_commands(const Machine& machine, const std::string& port) {
  std::string commands = "link set lo up\n";
  commands += fmt::format("link add eth0 type veth peer name {} netns {}\n", port, ::getpid());
  for (const Address& address : machine.addresses())
    commands += fmt::format("address add {} dev eth0\n", prefix_of(address));
  return commands + "link set eth0 up\n" + kEgress;
}

Finished ip_on(const Machine& machine, const std::string& commands) {
  return run_program(machine, {.words = {"ip", "-batch", "-"}, .root = true}, commands);
}

}  // namespace

Wires::Wires(const std::filesystem::path& place, const std::vector<MachineSpec>& machines) {
  write_settings();
  expect_done(run_program({"ip", "-batch", "-"}, bridge_commands()), "cannot make a bridge");
  std::string plugs;
  for (const MachineSpec& spec : machines) {
    machines_.push_back(std::make_unique<Machine>(spec, place));
    const Machine& machine = *machines_.back();
    const std::string port = fmt::format("port{}", machines_.size());
    run_function(machine, [] {
      write_settings();
      return 0;
    });
    expect_done(ip_on(machine, wire_commands(machine, port)), "cannot wire " + spec.name);
    plugs += fmt::format("link set {} master {} up\n", port, kBridge);
  }
  expect_done(run_program({"ip", "-batch", "-"}, plugs), "cannot plug the wires in");
}

Machine& Wires::machine(const std::string& name) {
  for (const auto& machine : machines_)
    if (machine->name() == name) return *machine;
  throw std::logic_error("no machine " + name);
}

}  // namespace mxlab::sim::live
