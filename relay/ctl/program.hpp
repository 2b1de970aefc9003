// program.hpp - mxrelayctl: the command line, and what each command does.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "relay/ctl/client.hpp"

namespace mxlab::ctl {

/// What main() returns; smtpctl's.
enum Exit { kOk = 0, kFailed = 1, kMisunderstood = 255 };

struct Options {
  std::vector<std::string> words;
  std::string socket = "/run/mxrelay/control.sock";
  std::string spool = "/var/spool/mxrelay";
  std::string resolver;  // ADDRESS[:PORT], of spf walk
  std::optional<std::uint64_t> rows;
  bool json = false, watch = false, help = false;
};

/// Does what the words say.
int run(const Options& options, Output& output);

/// --help: of everything, or of the commands below these words.
std::string help_text(const std::vector<std::string>& words);

}  // namespace mxlab::ctl
