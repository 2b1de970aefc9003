// main.cpp - sendmail: hands mail to mxrelayd. What is the system's own (who calls, the standard
// input, other programs) is here; the letter is letter.cpp's and header.cpp's.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "relay/sendmail/hand_in.hpp"
#include "relay/sendmail/header.hpp"
#include "relay/sendmail/options.hpp"
#include "relay/world/real_disk.hpp"
#include "relay/world/real_standard_streams.hpp"
#include "relay/world/real_world.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::sendmail {
namespace {

class Silence final : public world::Journal {
 public:
  void record(const world::Fact&) override {}
};

/// Nobody may be there to read, and the exit code is what matters; fmt::print would throw.
void say(std::FILE* file, const std::string& text) { std::fputs(text.c_str(), file); }

void complain(const std::string& text) { say(stderr, "sendmail: " + text + "\n"); }

/// Standard input.
std::string read_input(std::size_t most) {
  std::string bytes(most, '\0');
  ssize_t count = 0;
  do {
    count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) throw std::system_error(errno, std::generic_category(), "standard input");
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

/// mailname(5), else the host's name: as the relay itself is called.
std::string host_name(world::Disk& disk) {
  for (const char* path : {"/etc/mail/mailname", "/etc/mailname"}) {
    if (!disk.exists(path)) continue;
    const std::string text = disk.read_file(path);
    if (auto end = text.find_first_of(" \t\r\n"); end != 0 && !text.empty())
      return text.substr(0, end);
  }
  std::string name(256, '\0');
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.c_str();
}

struct Person {
  std::string user = "anonymous", full_name;
};

Person caller() {
  const passwd* entry = ::getpwuid(::getuid());
  if (entry == nullptr) return {};
  const std::string comment = entry->pw_gecos == nullptr ? "" : entry->pw_gecos;
  return {entry->pw_name, comment.substr(0, comment.find(','))};
}

/// mailq, sendmail -q: another program of the package does it.
int become(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execvp(arguments.front(), arguments.data());
  complain(fmt::format("cannot run {}: {}", words.front(), std::generic_category().message(errno)));
  return kUnavailable;
}

Writer writer_of(const SendmailOptions& options, world::RealDisk& disk, world::World& world) {
  const Person person = caller();
  Writer writer;
  writer.host = host_name(disk);
  writer.sender = options.sender_given ? options.sender : person.user;
  if (!writer.sender.empty() && writer.sender.find('@') == std::string::npos)
    writer.sender += "@" + writer.host;
  writer.full_name = options.full_name;
  if (writer.full_name.empty() && !options.sender_given) writer.full_name = person.full_name;
  writer.now = world.clock.now();
  writer.random = world.random.next();
  return writer;
}

world::awaitable<void> submit(world::World& world, std::string socket, Parcel parcel,
                              Outcome* outcome) try {
  *outcome = co_await hand_in(world, std::move(socket), std::move(parcel));
} catch (const std::exception& error) {
  *outcome = {kTemporary, error.what()};
}

int submit(const SendmailOptions& options) {
  Letter letter(read_input, options.dot_ends);
  auto header = letter.read_header();
  if (!header) {
    complain("the header of the message is longer than a megabyte");
    return kDataError;
  }
  control::SubmitRequest request;
  request.recipients = options.recipients;
  if (options.recipients_from_header)
    for (std::string& address : recipients_in(*header)) request.recipients.push_back(address);
  if (request.recipients.empty()) {
    complain("no recipients: name them, or use -t and a To header");
    return kUsage;
  }
  world::RealDisk disk;
  Silence silence;
  world::RealWorld real(disk, silence);
  const Writer writer = writer_of(options, disk, real.world());
  request.sender = writer.sender;
  request.dsn_notify = options.notify;
  request.dsn_ret = options.ret;
  request.dsn_envid = options.envid;
  Outcome outcome;
  Parcel parcel{std::move(request), complete_header(*header, writer), letter};
  world::spawn(real.world(), submit(real.world(), options.socket, std::move(parcel), &outcome));
  real.run();
  if (outcome.exit != kOk)
    complain(outcome.text);
  else if (options.verbose)
    say(stdout, outcome.text + "\n");
  return outcome.exit;
}

int run(const std::vector<std::string>& arguments) try {
  auto line = read_command_line(arguments, MXLAB_VERSION);
  if (auto* stop = std::get_if<Stop>(&line)) {
    say(stop->status == kOk ? stdout : stderr, stop->text);
    return stop->status;
  }
  const auto& options = std::get<SendmailOptions>(line);
  switch (options.mode) {
    case Mode::kShowQueue:
      return become({"mxrelayctl", "show", "queue"});
    case Mode::kRunQueue:
      return become({"mxrelayctl", "schedule", "all"});
    case Mode::kNewAliases:
      say(stdout, "aliases are read as they are; after a change: mxrelayctl update table NAME\n");
      return kOk;
    case Mode::kSubmit:
      break;
  }
  return submit(options);
} catch (const std::exception& error) {
  complain(error.what());
  return kSoftware;
}

}  // namespace
}  // namespace mxlab::sendmail

int main(int argc, char** argv) {
  mxlab::world::provide_standard_streams();
  std::signal(SIGPIPE, SIG_IGN);
  return mxlab::sendmail::run(std::vector<std::string>(argv, argv + argc));
}
