#include "sim/live/relay_process.hpp"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <sys/statvfs.h>

#include "relay/control/event_lines.hpp"
#include "relay/ctl/client.hpp"
#include "sim/live/json_texts.hpp"
#include "sim/live/life.hpp"
#include "sim/live/system.hpp"
#include "sim/run/machine.hpp"

namespace mxlab::sim::live {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* kDisk = "/var/spool";
constexpr const char* kSpool = "/var/spool/mxrelay";
constexpr const char* kBallast = "/var/spool/ballast";
constexpr const char* kControl = "/run/mxrelay/control.sock";
constexpr const char* kSubmit = "/run/mxrelay/submit.sock";
constexpr const char* kMailboxes = "/var/mail";
// The relay takes no more mail when 16 MB are left.
constexpr std::uint64_t kSmallestDisk = 48 << 20;
constexpr Duration kPatience = 60s;
constexpr int kAccepted = 250, kPaused = 421;

void fill(const fs::path& ballast) {
  struct statvfs disk {};
  require(::statvfs(ballast.parent_path().c_str(), &disk) == 0, "cannot look at a relay's disk");
  std::ofstream file(ballast, std::ios::binary);
  const std::string block(disk.f_bsize, '\0');
  for (auto free = disk.f_bfree; free > 0 && file; --free) file << block << std::flush;
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

awaitable<std::string> hand_in(world::World& world, std::string socket, Letter letter) {
  control::Channel channel(world, co_await world.network.connect_local(std::move(socket)));
  control::SubmitRequest request;
  request.sender = std::move(letter.sender);
  request.recipients = std::move(letter.recipients);
  co_await channel.write_line(control::encode(request), kPatience);
  co_await channel.write_body(letter.text, kPatience);
  co_await channel.end_body(kPatience);
  const auto line = co_await channel.read_line(kPatience);
  if (!line) co_return "the relay has closed the connection without an answer";
  const control::Submitted answer = control::decode_submitted(*line);
  if (answer.code == kAccepted) co_return "";
  if (answer.code == kPaused) co_return "server disallowed submission request";
  co_return fmt::format("{} {}", answer.code, answer.text);
}

}  // namespace

struct RelayProcess::State {
  State(world::RealWorld& lab, Options o, Facts f, Died died)
      : options(std::move(o)),
        facts(std::move(f)),
        life(std::make_shared<Life>(lab, options.machine, std::move(died))) {}

  void install() const {
    const Machine& machine = options.machine;
    for (const auto& [path, text] : relay_files(options.spec)) machine.install(path, text);
    machine.show_program(options.program);
    if (options.disk > 0) machine.limit_disk(kDisk, std::max(options.disk, kSmallestDisk));
  }
  void hear(const std::string& line) {
    const control::EventLine event = control::parse_event_line(line);
    if (const auto kind = control::fact_kind(event))
      return facts(event.at, {*kind, event.subject, event.text, event.value});
    if (event.kind == control::kStartedEvent) life->started();
  }
  std::string socket(const char* path) const { return options.machine.at(path).string(); }

  using Each = std::function<void(const std::string& json)>;
  /// What mxrelayctl asks; each of the records of the answer.
  static awaitable<std::string> ask(std::shared_ptr<State> self, control::Request request,
                                    Each each);
  static awaitable<std::vector<control::QueueRow>> rows(std::shared_ptr<State> self);
  static awaitable<std::string> submit(std::shared_ptr<State> self, Letter letter);

  Options options;
  Facts facts;
  std::shared_ptr<Life> life;
};

awaitable<std::string> RelayProcess::State::ask(std::shared_ptr<State> self,
                                                control::Request request, Each each) try {
  auto client = co_await ctl::connect(self->life->world(), self->socket(kControl));
  if (!client) co_return "it is down";
  const auto last =
      co_await client->ask(std::move(request), [&each](const auto& record, std::string_view) {
        if (const auto* object = std::get_if<control::JsonRecord>(&record)) each(object->json);
      });
  co_return last.error;
} catch (const std::exception& error) {
  co_return error.what();
}

awaitable<std::vector<control::QueueRow>> RelayProcess::State::rows(std::shared_ptr<State> self) {
  std::vector<control::QueueRow> rows;
  if (!self->life->is_up()) co_return rows;
  const std::string trouble =
      co_await ask(self, {"show queue", {}, true}, [&rows](const std::string& json) {
        rows.push_back(row_of_object(nlohmann::json::parse(json)));
      });
  if (!trouble.empty())
    self->facts(self->life->world().clock.now(),
                {world::FactKind::kLog, "warn", "show queue: " + trouble});
  co_return rows;
}

awaitable<std::string> RelayProcess::State::submit(std::shared_ptr<State> self, Letter letter) try {
  if (!self->life->is_up()) co_return "it is down";
  co_return co_await hand_in(self->life->world(), self->socket(kSubmit), std::move(letter));
} catch (const std::exception& error) {
  co_return error.what();
}

RelayProcess::RelayProcess(world::RealWorld& lab, Options options, Facts facts, Died died)
    : state_(std::make_shared<State>(lab, std::move(options), std::move(facts), std::move(died))) {
  state_->install();
}

RelayProcess::~RelayProcess() { state_->life->bury(); }

awaitable<std::string> RelayProcess::start() {
  Life::Plan plan;
  plan.command.words = {state_->options.program,
                        "-d",
                        "-f",
                        kConfigPath,
                        "--spool",
                        kSpool,
                        "--control",
                        kControl,
                        "--submit",
                        kSubmit,
                        "--events",
                        fmt::format("fd:{}", kEventDescriptor)};
  plan.on_event = [state = state_.get()](const std::string& line) { state->hear(line); };
  return Life::begin(state_->life, std::move(plan));
}

awaitable<std::string> RelayProcess::stop() {
  return Life::end(state_->life, [life = state_->life] { life->child()->signal(SIGTERM); });
}

void RelayProcess::kill() { state_->life->kill(); }
void RelayProcess::freeze(bool frozen) { state_->life->freeze(frozen); }
bool RelayProcess::is_up() const { return state_->life->is_up(); }

awaitable<std::string> RelayProcess::pause(std::string part, bool paused) {
  return State::ask(state_, {(paused ? "pause " : "resume ") + part, {}, false},
                    [](const std::string&) {});
}

awaitable<std::string> RelayProcess::schedule_all() {
  return State::ask(state_, {"schedule all", {}, false}, [](const std::string&) {});
}

awaitable<std::vector<control::QueueRow>> RelayProcess::queue_rows() { return State::rows(state_); }

awaitable<std::string> RelayProcess::submit(Letter letter) {
  return State::submit(state_, std::move(letter));
}

std::vector<Delivered> RelayProcess::mail() {
  std::vector<Delivered> mail;
  const Machine& machine = state_->options.machine;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(machine.at(kMailboxes)))
    if (entry.path().extension() != ".lock") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files)
    for (Delivered& message :
         read_mbox(read(file), file.filename().string() + "@" + machine.name()))
      mail.push_back(std::move(message));
  return mail;
}

void RelayProcess::full(bool full) {
  const fs::path ballast = state_->options.machine.at(kBallast);
  if (state_->options.disk == 0)
    throw std::logic_error(state_->options.machine.name() + " has no disk of its own");
  if (full)
    fill(ballast);
  else
    fs::remove(ballast);
}

}  // namespace mxlab::sim::live
