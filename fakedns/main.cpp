// main.cpp - fakedns: zone files answered on real sockets, with lies on demand.
#include <CLI/CLI.hpp>
#include <asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>

#include "fakedns/server.hpp"
#include "relay/world/real_disk.hpp"
#include "relay/world/real_world.hpp"

namespace {

using namespace mxlab;

enum Exit { kOk = 0, kWrongInput = 2, kCannotBind = 3 };

struct Options {
  std::vector<std::string> zone_files;
  std::string listen = "127.0.0.1:5353";
  std::vector<std::string> lies;
  bool verbose = false;
};

// The program says what it has to say on standard output; the relay's journal has no reader here.
class Silent final : public world::Journal {
 public:
  void record(const world::Fact&) override {}
};

struct WrongInput : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// "127.0.0.1:53", "[::1]:53".
world::Endpoint parse_endpoint(const std::string& text) {
  const auto colon = text.rfind(':');
  auto host = text.substr(0, colon == std::string::npos ? text.size() : colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  asio::error_code wrong;
  auto address = asio::ip::make_address(host, wrong);
  unsigned port = 0;
  if (colon == std::string::npos || wrong ||
      !CLI::detail::lexical_cast(text.substr(colon + 1), port) || port > 0xffff)
    throw WrongInput(fmt::format("--listen {}: write ADDRESS:PORT, as in 127.0.0.1:5353", text));
  return {address, static_cast<std::uint16_t>(port)};
}

// Names in a file called example.org.zone are relative to example.org until its first $ORIGIN.
std::string origin_of(const std::string& file) {
  const std::filesystem::path path(file);
  return path.extension() == ".zone" ? path.stem().string() : ".";
}

fakedns::ZoneSet load(const Options& options, world::Disk& disk) {
  fakedns::ZoneSet zones;
  for (const auto& file : options.zone_files) try {
      zones.add_zone(fakedns::parse_zone_file(disk.read_file(file), file, origin_of(file)));
    } catch (const std::system_error& error) {
      throw WrongInput(fmt::format("{}: {}", file, error.code().message()));
    }
  return zones;
}

fakedns::Lies lies_of(const Options& options) {
  fakedns::Lies lies;
  for (const auto& rule : options.lies) try {
      lies.tell(rule);
    } catch (const fakedns::ZoneError& error) {
      throw WrongInput(fmt::format("--lie: {}", error.what()));
    }
  return lies;
}

void print_question(const fakedns::Answered& question) {
  fmt::print("{} {} {} {}: {}\n", world::to_string(question.asker),
             question.transport == fakedns::Transport::kUdp ? "udp" : "tcp",
             question.name.empty() ? "?" : question.name, fakedns::type_name(question.type),
             question.summary);
  std::fflush(stdout);
}

int serve(const Options& options) {
  world::RealDisk disk;
  Silent journal;
  world::RealWorld world(disk, journal);
  struct Program {
    fakedns::ZoneSet zones;
    fakedns::Lies lies;
    fakedns::Server server;
    Program(world::World& w, fakedns::ZoneSet z, fakedns::Lies l)
        : zones(std::move(z)), lies(std::move(l)), server(w, zones, lies) {}
  };
  auto program = std::make_shared<Program>(world.world(), load(options, disk), lies_of(options));
  world.hold(program);
  if (options.verbose) program->server.on_question = print_question;
  auto local = parse_endpoint(options.listen);
  try {
    local = program->server.start(local);
  } catch (const std::system_error& error) {
    fmt::print(stderr, "fakedns: cannot listen on {}: {}\n", options.listen,
               error.code().message());
    return kCannotBind;
  }
  fmt::print("listening on {}\n", world::to_string(local));
  std::fflush(stdout);
  asio::signal_set signals(world.io(), SIGINT, SIGTERM);
  signals.async_wait([&world](asio::error_code, int) { world.stop(); });
  world.run();
  return kOk;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("An authoritative DNS server for tests: answers zone files, and lies when told.",
               "fakedns");
  app.set_version_flag("--version", "fakedns " MXLAB_VERSION);
  app.add_option("ZONEFILE", options.zone_files, "Standard zone files (RFC 1035 5), one zone each")
      ->required();
  app.add_option("-l,--listen", options.listen, "Address and port, UDP and TCP; port 0 draws one")
      ->capture_default_str()
      ->type_name("ADDR:PORT");
  app.add_option("--lie", options.lies,
                 "NAME [TYPE] LIE, in one argument; may be repeated. LIE: servfail, refused, "
                 "silence, wrong-id, malformed, truncated, empty, bogus, \"delay 3s\"")
      ->type_name("RULE")
      ->allow_extra_args(false);
  app.add_flag("-v,--verbose", options.verbose, "Print each question and what was answered");
  app.footer(
      "Example:\n"
      "  fakedns example.org.zone --listen 127.0.0.1:5353 --lie \"example.org MX servfail\" -v\n"
      "  dig @127.0.0.1 -p 5353 example.org MX\n\n"
      "Exit codes: 0 ended by SIGINT or SIGTERM, 2 wrong usage or zone file, 3 cannot bind.");
  try {
    app.parse(argc, argv);
    return serve(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kWrongInput;
  } catch (const WrongInput& error) {
    fmt::print(stderr, "fakedns: {}\n", error.what());
  } catch (const fakedns::ZoneError& error) {
    fmt::print(stderr, "fakedns: {}\n", error.what());
  }
  return kWrongInput;
}
