#include "relay/ctl/program.hpp"

#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <iostream>
#include <unistd.h>

#include "relay/ctl/encrypt.hpp"
#include "relay/ctl/monitor.hpp"
#include "relay/ctl/offline.hpp"
#include "relay/ctl/spf.hpp"
#include "relay/ctl/words.hpp"
#include "relay/world/real_disk.hpp"
#include "relay/world/real_world.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::ctl {
namespace {

int fail(Output& output, const std::string& sentence) {
  output.err("mxrelayctl: " + sentence + "\n");
  return kFailed;
}

// --- commands that need no relay -----------------------------------------------------------------

constexpr std::size_t kMostLines = 100'000;  // of standard input

std::vector<std::string> lines_of_input() {
  std::vector<std::string> lines;
  for (std::string line; lines.size() < kMostLines && std::getline(std::cin, line);) {
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

int encrypt_all(const Words& words, Output& output) {
  const auto passwords = words.arguments.empty() ? lines_of_input() : words.arguments;
  for (const std::string& password : passwords) output.out(encrypt(password) + "\n");
  return kOk;
}

/// "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:53".
std::optional<world::Endpoint> parse_server(const std::string& text) {
  std::error_code wrong;
  if (auto address = asio::ip::make_address(text, wrong); !wrong)
    return world::Endpoint{address, 53};
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  const auto address = asio::ip::make_address(host, wrong);
  const unsigned long port = std::strtoul(text.c_str() + colon + 1, nullptr, 10);
  if (wrong || port == 0 || port > 0xffff) return std::nullopt;
  return world::Endpoint{address, static_cast<std::uint16_t>(port)};
}

int walk(const Options& options, Output& output) {
  std::optional<world::Endpoint> server;
  if (!options.resolver.empty()) {
    server = parse_server(options.resolver);
    if (!server)
      return fail(output, "--resolver " + options.resolver + ": write ADDRESS or ADDRESS:PORT");
  }
  auto names = system_names(server);
  walk_spf(
      *names, lines_of_input(),
      [&output](std::string_view line) { output.out(std::string(line) + "\n"); },
      [&output](std::string_view line) { output.err(fmt::format("mxrelayctl: {}\n", line)); });
  return kOk;
}

// --- commands for the relay ----------------------------------------------------------------------

/// mxrelayctl says nothing to a log.
class Silent final : public world::Journal {
 public:
  void record(const world::Fact&) override {}
};

/// These answer with one object, all other records are the items of a list.
bool is_single(const std::string& command) {
  return command == "show status" || command == "show stats" || command == "show envelope";
}

bool may_be_json(const std::string& command) {
  return command == "why" || command.starts_with("show ");
}

bool wants_colours() {
  return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;  // no-color.org
}

awaitable<int> talk(world::World& world, const Options& options, const Words& words,
                    Output& output) {
  const control::Request request{words.command, words.arguments,
                                 options.json && may_be_json(words.command)};
  auto client = co_await connect(world, options.socket);
  if (client == nullptr) {
    if (works_offline(words.command)) co_return answer_offline(options.spool, request, output);
    co_return fail(output, "mxrelayd doesn't seem to be running");
  }
  if (words.command == "monitor" && options.watch)
    co_return co_await watch(world, *client, {options.rows, wants_colours()}, output);
  if (words.command == "monitor")
    co_return co_await monitor(world, *client, {options.rows, false}, output);
  co_return co_await ask_and_print(*client, request, is_single(words.command), output);
}

/// One question on its way.
struct Errand {
  const Options& options;
  const Words& words;
  Output& output;
  int status = kFailed;
};

awaitable<void> live(world::RealWorld& real, Errand& errand) {
  std::string trouble;
  try {
    errand.status = co_await talk(real.world(), errand.options, errand.words, errand.output);
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  if (!trouble.empty()) errand.status = fail(errand.output, trouble);
  real.stop();
}

int ask_relay(const Options& options, const Words& words, Output& output) {
  world::RealDisk disk;
  Silent journal;
  world::RealWorld real(disk, journal);
  Errand errand{options, words, output};
  world::spawn(real.world(), live(real, errand));
  real.run();
  return errand.status;
}

/// What smtpctl never had, said as the tutorials say it.
Words real_name(Words words, Output& output) {
  if (words.command != "enable smtp") return words;
  output.err("mxrelayctl: enable smtp is called resume smtp\n");
  return {"resume smtp", {}};
}

}  // namespace

int run(const Options& options, Output& output) {
  if (options.help) {
    output.out(help_text(options.words));
    return kOk;
  }
  auto understood = understand(patterns(), options.words);
  if (const auto* wrong = std::get_if<Misunderstood>(&understood)) {
    output.err(wrong->text);
    return kMisunderstood;
  }
  const Words words = real_name(std::get<Words>(std::move(understood)), output);
  if (words.command == "profile" || words.command == "unprofile")
    return fail(output,
                words.command + " is not supported: see monitor, show stats and the metrics");
  try {
    if (words.command == "encrypt") return encrypt_all(words, output);
    if (words.command == "spf walk") return walk(options, output);
    return ask_relay(options, words, output);
  } catch (const std::exception& error) {
    return fail(output, error.what());
  }
}

}  // namespace mxlab::ctl
