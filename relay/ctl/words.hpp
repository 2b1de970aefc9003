// words.hpp - the command line of mxrelayctl as smtpctl(8) understands it: words, each of which may
// be cut short as long as one meaning is left.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mxlab::ctl {

/// One command: "pause envelope <evpid>". The words in <> are arguments:
///   <evpid> 16 hex digits   <msgid> 8 hex digits   <routeid> a number   <addr> an IP address
///   <str> anything
struct Pattern {
  std::string_view words;
  std::string_view help;  // one line
  bool listed = true;     // among the possibilities
};

/// A command line that was understood.
struct Words {
  std::string command;  // the whole words of the pattern: "pause envelope"
  std::vector<std::string> arguments;
};

/// What smtpctl prints on stderr, before it exits with 255: "possibilities are:" and the words that
/// could stand there, or "invalid command" where none could.
struct Misunderstood {
  std::string text;
};

/// All commands, in smtpctl's order; ours come last.
std::span<const Pattern> patterns();

std::variant<Words, Misunderstood> understand(std::span<const Pattern> patterns,
                                              const std::vector<std::string>& line);

/// The patterns that these words (they may be cut short) are the beginning of.
std::vector<Pattern> patterns_below(std::span<const Pattern> patterns,
                                    const std::vector<std::string>& line);

}  // namespace mxlab::ctl
