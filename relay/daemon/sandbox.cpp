#include "relay/daemon/sandbox.hpp"

#include <ctime>
#include <fmt/format.h>
#include <openssl/ssl.h>

#include "relay/daemon/seccomp.hpp"

namespace mxlab::daemon {

std::string SandboxReport::summary() const {
  return fmt::format("info: sandbox landlock=\"{}\" seccomp=\"{}\"", landlock, seccomp);
}

SandboxReport enter_sandbox(const Reach& reach) {
  // What libraries read once, they must have read by now.
  ::tzset();
  OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, nullptr);
  SandboxReport report;
  report.landlock = restrict_reach(reach);
  report.seccomp = restrict_calls();
  return report;
}

std::vector<std::string> describe(const Reach& reach) {
  std::vector<std::string> lines;
  for (const std::string& path : reach.read) lines.push_back("read " + path);
  for (const std::string& path : reach.write) lines.push_back("read and write " + path);
  for (const std::uint16_t port : reach.bind)
    lines.push_back(port == 0 ? "bind any free TCP port" : fmt::format("bind TCP port {}", port));
  for (const std::uint16_t port : reach.connect)
    lines.push_back(fmt::format("connect to TCP port {}", port));
  return lines;
}

}  // namespace mxlab::daemon
