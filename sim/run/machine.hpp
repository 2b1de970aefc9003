// machine.hpp - what is on a relay host's disk before its first boot, and what mail is there later.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "relay/config/config.hpp"
#include "sim/actors/station.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/world/sim_disk.hpp"

namespace mxlab::sim {

/// Where a simulated relay finds its smtpd.conf.
inline constexpr const char* kConfigPath = "/etc/mxrelay/smtpd.conf";
/// Big enough never to matter, unless the scenario says `full`.
inline constexpr std::uint64_t kDiskSize = 10ull << 30;

/// The host's smtpd.conf, parsed as the relay will parse it, with the host's files at hand. The
/// diagnostics name the scenario's file (or the configuration's own) and its lines.
config::ParseResult parse_host_config(const scenario::HostSpec& spec,
                                      const std::string& scenario_file);

/// What is on a relay's disk, by path: smtpd.conf, the scenario's files, mailname, passwd, and a
/// certificate wherever the configuration names one that the scenario does not give.
std::map<std::string, std::string> relay_files(const scenario::HostSpec& spec);
void prepare_relay_disk(SimDisk& disk, const scenario::HostSpec& spec);

/// The messages of an mbox file, as mail for this mailbox.
std::vector<Delivered> read_mbox(const std::string& text, const std::string& mailbox);
/// Those in /var/mail, as mail for USER@host.
std::vector<Delivered> read_mbox_files(SimDisk& disk, const std::string& host);

}  // namespace mxlab::sim
