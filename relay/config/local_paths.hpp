// local_paths.hpp - where local mail goes: `maildir PATH` with its %{…}, `lmtp DEST`. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mxlab::config {

/// What is wrong with the path of a maildir; empty: nothing. It must be absolute or begin with
/// "~/", and its %{name[…]:modifier} must be those of smtpd.conf(5), FORMAT SPECIFIERS.
std::string maildir_path_fault(std::string_view path);

/// What is wrong with an LMTP destination; empty: nothing.
std::string lmtp_destination_fault(std::string_view text);

struct HostAndPort {
  std::string host;  // a name, or an address without brackets
  std::uint16_t port = 0;
  bool operator==(const HostAndPort&) const = default;
};
/// "localhost:24", "[::1]:24". Absent: not that form.
std::optional<HostAndPort> parse_host_and_port(std::string_view text);

}  // namespace mxlab::config
