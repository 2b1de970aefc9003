#include "tests/ctl/lab.hpp"

#include <array>
#include <asio/redirect_error.hpp>
#include <asio/write.hpp>
#include <sstream>

#include "relay/ctl/client.hpp"
#include "relay/ctl/monitor.hpp"
#include "relay/ctl/words.hpp"
#include "relay/smtp/deadline.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::ctl {
namespace {
using namespace std::chrono_literals;

Output output_to(Said& said) {
  return {[&said](std::string_view text) { said.out += text; },
          [&said](std::string_view text) { said.err += text; }};
}

awaitable<void> ask(world::World& world, control::Request request, bool single, Said& said) {
  Output output = output_to(said);
  auto client = co_await connect(world, ControlLab::kControl);
  if (!client) {
    said = {1, {}, "nobody listens"};
    co_return;
  }
  said.status = co_await ask_and_print(*client, std::move(request), single, output);
}

awaitable<void> watch_monitor(world::World& world, std::uint64_t rows, Said& said) {
  Output output = output_to(said);
  auto client = co_await connect(world, ControlLab::kControl);
  said.status = co_await monitor(world, *client, {rows, false}, output);
}

struct Dialogue {
  std::string path, bytes, heard;
  bool done = false;
};

awaitable<void> talk_raw(world::World& world, Dialogue& dialogue) {
  auto stream = co_await world.network.connect_local(dialogue.path);
  std::error_code error;
  auto into = asio::redirect_error(asio::use_awaitable, error);
  co_await asio::async_write(*stream, asio::buffer(dialogue.bytes), into);
  smtp::Deadline deadline(world.clock, *stream, world.clock.steady_now() + 2min);
  std::array<char, 4096> chunk;
  while (!error) {
    const auto count = co_await stream->async_read_some(asio::buffer(chunk), into);
    dialogue.heard.append(chunk.data(), count);
  }
  dialogue.done = true;
}

}  // namespace

const std::string ControlLab::kControl = "/run/mxrelay/control.sock";
const std::string ControlLab::kSubmit = "/run/mxrelay/submit.sock";

ControlLab::ControlLab(std::string config) : RelayLab(std::move(config)) {
  options.control_socket = kControl;
  options.submit_socket = kSubmit;
  boot_relay();
}

Said ControlLab::ctl(const std::string& line) {
  std::istringstream typed(line);
  std::vector<std::string> words{std::istream_iterator<std::string>(typed), {}};
  const bool json = std::erase(words, "--json") > 0;
  auto understood = understand(patterns(), words);
  if (auto* wrong = std::get_if<Misunderstood>(&understood)) return {255, {}, wrong->text};
  const Words& asked = std::get<Words>(understood);
  Said said;
  const bool single = asked.command == "show status" || asked.command == "show stats" ||
                      asked.command == "show envelope";
  world::spawn(machine->world(),
               ask(machine->world(), {asked.command, asked.arguments, json}, single, said));
  simulation.wake(*machine);
  while (said.status == -1 && simulation.step()) {
  }
  return said;
}

std::string ControlLab::send(const std::string& socket, const std::string& bytes) {
  Dialogue dialogue{socket, bytes, {}};
  world::spawn(machine->world(), talk_raw(machine->world(), dialogue));
  simulation.wake(*machine);
  while (!dialogue.done && simulation.step()) {
  }
  return dialogue.heard;
}

void ControlLab::start_monitor(std::uint64_t rows, Said& said) {
  world::spawn(machine->world(), watch_monitor(machine->world(), rows, said));
  simulation.wake(*machine);
}

}  // namespace mxlab::ctl
