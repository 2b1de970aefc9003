// help.cpp - mxrelayctl --help, and mxrelayctl WORDS --help.
#include <algorithm>
#include <fmt/format.h>

#include "relay/ctl/program.hpp"
#include "relay/ctl/words.hpp"

namespace mxlab::ctl {
namespace {

constexpr const char* kOptions =
    "Options:\n"
    "  --json             Answers of show and why as JSON\n"
    "  --socket PATH      The relay's control socket [/run/mxrelay/control.sock]\n"
    "  --spool DIR        The queue of a stopped relay [/var/spool/mxrelay]\n"
    "  --watch            With monitor: a page that refreshes itself\n"
    "  --rows N           With monitor: end after so many rows\n"
    "  --resolver ADDR    With spf walk: ask this name server, ADDRESS or ADDRESS:PORT\n"
    "  -h,--help          This text; after a command: about that command\n"
    "  --version          The version\n";

struct Example {
  std::string_view word, text;
};

constexpr Example kExamples[] = {
    {"discover", "mxrelayctl discover 0e236aa4"},
    {"pause",
     "mxrelayctl pause smtp refuse       clients turn to the next MX at once\n"
     "  mxrelayctl pause mta from 192.0.2.30 for example.org"},
    {"resume", "mxrelayctl resume smtp\n  mxrelayctl resume route 3"},
    {"show", "mxrelayctl show queue\n  mxrelayctl show queue --json | jq '.[].recipient'"},
    {"log", "mxrelayctl log verbose"},
    {"monitor", "mxrelayctl monitor\n  mxrelayctl monitor --watch"},
    {"profile", "mxrelayctl profile queue           says that it is not supported"},
    {"remove", "mxrelayctl remove 0e236aa4"},
    {"schedule", "mxrelayctl schedule all"},
    {"trace", "mxrelayctl trace smtp"},
    {"unprofile", "mxrelayctl unprofile queue"},
    {"untrace", "mxrelayctl untrace smtp"},
    {"update", "mxrelayctl update table domains"},
    {"encrypt", "mxrelayctl encrypt                 reads passwords, one a line"},
    {"spf", "echo example.org | mxrelayctl spf walk"},
    {"why", "mxrelayctl why 0e236aa4"},
    {"reload", "mxrelayctl reload"},
};

std::string first_word(std::string_view words) {
  return std::string(words.substr(0, words.find(' ')));
}

std::string overview() {
  std::string text =
      "Tells a running mxrelayd what to do, and shows what it does; as smtpctl(8).\n"
      "Usage: mxrelayctl [OPTIONS] COMMAND [ARGUMENT ...]\n\nSubcommands:\n";
  std::string last;
  for (const Pattern& pattern : patterns()) {
    const std::string word = first_word(pattern.words);
    if (!pattern.listed || text.find("\n  " + word + " ") != std::string::npos) continue;
    std::size_t forms = 0;
    for (const Pattern& other : patterns()) forms += first_word(other.words) == word ? 1 : 0;
    text +=
        fmt::format("  {:<11}{}\n", word,
                    forms == 1 ? std::string(pattern.help)
                               : fmt::format("{} forms, see mxrelayctl {} --help", forms, word));
  }
  return text + "\n" + kOptions +
         "\nWords may be cut short: mxrelayctl sh q\n\nExamples:\n"
         "  mxrelayctl show queue\n"
         "  mxrelayctl why 0e236aa4f81cca56\n"
         "  mxrelayctl schedule all\n\n"
         "Exit codes: 0 done, 1 failed, 255 not understood.\n";
}

}  // namespace

std::string help_text(const std::vector<std::string>& words) {
  if (words.empty()) return overview();
  const auto found = patterns_below(patterns(), words);
  std::string text = "Usage:\n";
  for (const Pattern& pattern : found)
    text += fmt::format("  mxrelayctl {:<34} {}\n", pattern.words, pattern.help);
  text += std::string("\n") + kOptions;
  const std::string root = found.empty() ? "" : first_word(found.front().words);
  const auto* example = std::find_if(std::begin(kExamples), std::end(kExamples),
                                     [&](const Example& e) { return e.word == root; });
  if (example != std::end(kExamples)) text += fmt::format("\nExample:\n  {}\n", example->text);
  return text;
}

}  // namespace mxlab::ctl
