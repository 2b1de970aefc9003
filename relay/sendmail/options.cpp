#include "relay/sendmail/options.hpp"

#include <fmt/format.h>
#include <optional>
#include <string_view>

namespace mxlab::sendmail {

namespace {

const char* const kHelp =
    "sendmail - hands mail to mxrelayd, as sendmail(8) does\n"
    "\n"
    "usage: sendmail [options] [recipient …] < message\n"
    "  -t            recipients also from To, Cc and Bcc of the message\n"
    "  -f, -r ADDR   envelope sender; <> is the null sender\n"
    "  -F NAME       full name of the sender, for a From header that is missing\n"
    "  -i, -oi       a line with a single dot does not end the message\n"
    "  -N COND       report: never, or success, failure, delay (RFC 3461)\n"
    "  -R full|hdrs  what a report returns\n"
    "  -V ENVID      a name of the message for its reports\n"
    "  -v            says what the relay answered\n"
    "  -bp           shows the queue (mxrelayctl show queue)\n"
    "  -q            tries what is queued now (mxrelayctl schedule all)\n"
    "  --socket FILE the relay's socket, instead of /run/mxrelay/submit.sock\n"
    "  --help, --version\n"
    "Other options of sendmail(8) are accepted and ignored. Exit codes are those of sysexits.h.\n"
    "\n"
    "example: printf 'Subject: hello\\n\\nA letter.\\n' | sendmail -f me@example.org "
    "you@example.net\n";

// Flags without a value; then those that have one, in the same word or the next; then those whose
// value, if any, stands in the same word.
constexpr std::string_view kFlags = "tivsGIUSmnx";
constexpr std::string_view kWithValue = "frFNRVABCDLOXbhop";
constexpr std::string_view kAttachedValue = "deEJqMc";

class CommandLine {
 public:
  CommandLine(const std::vector<std::string>& arguments, const std::string& version)
      : arguments_(arguments), version_(version) {}

  std::variant<SendmailOptions, Stop> read() {
    const std::string& program = arguments_.front();
    const std::string name = program.substr(program.rfind('/') + 1);
    if (name == "mailq") options_.mode = Mode::kShowQueue;
    if (name == "newaliases") options_.mode = Mode::kNewAliases;
    for (at_ = 1; at_ < arguments_.size() && !stop_; ++at_) {
      const std::string& word = arguments_[at_];
      if (word == "--") {
        take_recipients();
      } else if (word.starts_with("--")) {
        take_long(word);
      } else if (word.size() > 1 && word.front() == '-') {
        take_cluster(word);
      } else {
        options_.recipients.push_back(word);
      }
    }
    if (stop_) return *stop_;
    return options_;
  }

 private:
  void take_recipients() {
    options_.recipients.insert(options_.recipients.end(),
                               arguments_.begin() + static_cast<std::ptrdiff_t>(at_) + 1,
                               arguments_.end());
    at_ = arguments_.size();
  }

  void take_long(const std::string& word) {
    constexpr std::string_view kSocket = "--socket";
    if (word == "--help") {
      stop_ = Stop{kOk, kHelp};
    } else if (word == "--version") {
      stop_ = Stop{kOk, "sendmail of mxrelayd " + version_ + "\n"};
    } else if (word.starts_with(std::string(kSocket) + "=")) {
      options_.socket = word.substr(kSocket.size() + 1);
    } else if (word == kSocket && at_ + 1 < arguments_.size()) {
      options_.socket = arguments_[++at_];
    } else {
      fail("unknown option " + word);
    }
  }

  /// "-ti", "-oi", "-fjoe", "-f" "joe".
  void take_cluster(const std::string& word) {
    for (std::size_t i = 1; i < word.size() && !stop_; ++i) {
      const char letter = word[i];
      if (kFlags.find(letter) != std::string_view::npos) {
        take_flag(letter);
        continue;
      }
      if (kAttachedValue.find(letter) != std::string_view::npos) {
        if (letter == 'q') options_.mode = Mode::kRunQueue;
        return;
      }
      if (kWithValue.find(letter) == std::string_view::npos)
        return fail(fmt::format("unknown option -{}", letter));
      if (i + 1 < word.size()) return take_value(letter, word.substr(i + 1));
      if (at_ + 1 >= arguments_.size())
        return fail(fmt::format("option -{} needs a value", letter));
      return take_value(letter, arguments_[++at_]);
    }
  }

  void take_flag(char letter) {
    if (letter == 't') options_.recipients_from_header = true;
    if (letter == 'i') options_.dot_ends = false;
    if (letter == 'v') options_.verbose = true;
    if (letter == 'I') options_.mode = Mode::kNewAliases;
  }

  void take_value(char letter, const std::string& value) {
    switch (letter) {
      case 'f':
      case 'r':
        return take_sender(value);
      case 'F':
        options_.full_name = value;
        break;
      case 'N':
        options_.notify = value;
        break;
      case 'R':
        options_.ret = value;
        break;
      case 'V':
        options_.envid = value;
        break;
      case 'b':
        return take_mode(value);
      case 'o':
        if (value == "i") options_.dot_ends = false;
        break;
      default:
        break;
    }
  }

  void take_sender(std::string value) {
    if (value.starts_with('<') && value.ends_with('>')) value = value.substr(1, value.size() - 2);
    options_.sender = std::move(value);
    options_.sender_given = true;
  }

  void take_mode(const std::string& mode) {
    if (mode == "m") return;
    if (mode == "p") {
      options_.mode = Mode::kShowQueue;
    } else if (mode == "i") {
      options_.mode = Mode::kNewAliases;
    } else if (mode == "s") {
      fail("-bs (SMTP on standard input) is not supported: speak SMTP to port 25 of this host");
    } else if (mode == "d" || mode == "D") {
      fail("-b" + mode + " is not supported: the daemon is mxrelayd, systemctl start mxrelay");
    } else {
      fail("-b" + mode + " is not supported");
    }
  }

  void fail(const std::string& text) {
    stop_ = Stop{kUsage, "sendmail: " + text + "\nsee sendmail --help\n"};
  }

  const std::vector<std::string>& arguments_;
  const std::string& version_;
  std::size_t at_ = 0;
  SendmailOptions options_;
  std::optional<Stop> stop_;
};

}  // namespace

std::variant<SendmailOptions, Stop> read_command_line(const std::vector<std::string>& arguments,
                                                      const std::string& version) {
  return CommandLine(arguments, version).read();
}

}  // namespace mxlab::sendmail
