#include "sim/live/actor.hpp"

#include <asio/posix/stream_descriptor.hpp>
#include <asio/read_until.hpp>
#include <asio/streambuf.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fmt/format.h>
#include <istream>
#include <unistd.h>

#include "relay/control/event_lines.hpp"
#include "relay/control/objects.hpp"
#include "relay/world/real_disk.hpp"
#include "relay/world/real_world.hpp"
#include "relay/world/spawn.hpp"
#include "sim/actors/primary.hpp"
#include "sim/actors/sender.hpp"
#include "sim/live/actor_process.hpp"
#include "sim/live/json_texts.hpp"
#include "sim/live/spool_files.hpp"

namespace mxlab::sim::live {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxOrder = 64 * 1024 * 1024;

world::TimePoint now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

AnswerLimit limit_of(const json& order) {
  return {order.at("times").get<std::uint32_t>(), order.at("beyond").get<std::uint32_t>(),
          Duration(order.at("within").get<std::int64_t>())};
}

/// Standard output. Whoever no longer listens has gone, and nobody needs us.
void say(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, line.data(), line.size());
    if (written > 0) line.remove_prefix(static_cast<std::size_t>(written));
    if (written < 0 && errno != EINTR) ::_exit(1);
  }
}

// --- what the actor says of itself ---------------------------------------------------------------

class Speaker final : public world::Journal {
 public:
  explicit Speaker(const Mailboxes& mailboxes) : mailboxes_(mailboxes) {}

  void record(const world::Fact& fact) override {
    tell_mail();
    say(control::event_line(now(), fact));
    if (fact.kind == world::FactKind::kQueue && on_queue_change) on_queue_change();
  }
  /// Mail comes to light before whatever is said of it.
  void tell_mail() {
    for (; told_ < mailboxes_.all().size(); ++told_)
      say(mail_object(mailboxes_.all()[told_]).dump() + "\n");
  }

  std::function<void()> on_queue_change;

 private:
  const Mailboxes& mailboxes_;
  std::size_t told_ = 0;
};

// --- the process ---------------------------------------------------------------------------------

class Actor {
 public:
  Actor() : speaker_(mailboxes_), real_(disk_, speaker_), input_(real_.io(), STDIN_FILENO) {}

  int run() {
    read_order();
    real_.run();
    return status_;
  }

 private:
  void read_order() {
    asio::async_read_until(input_, buffer_, '\n', [this](asio::error_code error, std::size_t) {
      if (error) return real_.stop();
      std::istream lines(&buffer_);
      std::string line;
      std::getline(lines, line);
      world::spawn(real_.world(), obey(this, json::parse(line)));
      read_order();
    });
  }

  static awaitable<void> obey(Actor* self, json order) try {
    const std::string what = order.at("do");
    json answer = what == "begin" ? self->begin(order) : self->note_manners(what, order);
    if (order.contains("id")) answer = co_await self->answer(what, order);
    self->speaker_.tell_mail();
    if (!order.contains("id")) co_return;
    answer["t"] = now().time_since_epoch().count();
    answer["kind"] = "answer";
    answer["id"] = order.at("id");
    say(answer.dump() + "\n");
  } catch (const std::exception& error) {
    self->fail(error.what());
  }

  void fail(const std::string& why) {
    fmt::print(stderr, "{}\n", why);
    status_ = 3;
    real_.stop();
  }

  json begin(const json& order);
  std::shared_ptr<Station> make_station(const json& order);
  json note_manners(const std::string& what, const json& order);
  awaitable<json> answer(std::string what, json order);
  awaitable<std::string> submit(json order);
  awaitable<std::string> hold(json order);

  template <class Part>
  std::shared_ptr<Station> start(std::shared_ptr<Part> part) {
    real_.hold(part);
    world::spawn(real_.world(), live(this, part));
    return part;
  }
  template <class Part>
  static awaitable<void> live(Actor* self, std::shared_ptr<Part> part) try {
    co_await part->run();
  } catch (const std::exception& error) {
    self->fail(error.what());
  }
  /// Begun after live(), and the same number of turns later: then the ports are open.
  static awaitable<void> announce() {
    say(control::event_line(now(), control::kStartedEvent));
    co_return;
  }

  /// When the present turn of the loop is done, before anything else is read or written.
  void save_soon() {
    if (std::exchange(save_due_, true)) return;
    asio::post(real_.io(), [this] {
      save_due_ = false;
      files_.save(spool_);
    });
  }

  Mailboxes mailboxes_;
  Manners manners_;
  SpoolFiles files_{kSpoolDirectory};
  SenderSpool spool_;
  Speaker speaker_;
  world::RealDisk disk_;
  std::shared_ptr<Station> station_;
  world::RealWorld real_;
  asio::posix::stream_descriptor input_;
  asio::streambuf buffer_{kMaxOrder};
  bool save_due_ = false;
  int status_ = 0;
};

json Actor::begin(const json& order) {
  station_ = make_station(order);
  world::spawn(real_.world(), announce());
  return {};
}

std::shared_ptr<Station> Actor::make_station(const json& order) {
  InboxOptions inbox;
  inbox.name = order.at("name");
  if (order.at("tls").get<bool>())
    inbox.certificate = make_certificate(inbox.name, order.at("expired").get<bool>());
  inbox.dns = {{asio::ip::make_address(order.at("dns").get<std::string>()), 53}};
  const std::string role = order.at("role");
  const Belongings belongings{mailboxes_, manners_};
  if (role == "primary")
    return start(std::make_shared<Primary>(real_.world(), std::move(inbox), belongings));
  if (role != "sender") return nullptr;
  SenderOptions options{std::move(inbox),
                        find_profile(order.at("profile").get<std::string>()).value()};
  options.profile.keepalive = Duration(order.at("keepalive").get<std::int64_t>());
  spool_ = files_.load();
  speaker_.on_queue_change = [this] { save_soon(); };
  return start(std::make_shared<Sender>(real_.world(), std::move(options), belongings, spool_));
}

json Actor::note_manners(const std::string& what, const json& order) {
  if (what == "manners")
    manners_.set_answer(order.at("at"), order.at("reply"), order.at("to"), limit_of(order));
  if (what == "reset") manners_.reset();
  if (what == "slow") manners_.slow(Duration(order.at("delay").get<std::int64_t>()));
  if (what == "full") manners_.full(order.at("full"));
  return {};
}

awaitable<json> Actor::answer(std::string what, json order) {
  if (what == "hold") co_return json{{"text", co_await hold(order)}};
  if (!station_) co_return json{{"text", "this host has no mail system"}};
  if (what == "submit") co_return json{{"text", co_await submit(order)}};
  if (what == "pause") station_->pause(order.at("part"), order.at("paused"));
  if (what == "schedule") co_await station_->schedule_all();
  if (what == "stop") {
    station_->stop();
    if (save_due_) files_.save(spool_);
    real_.stop();
  }
  json answer{{"text", ""}};
  if (what == "rows")
    for (const control::QueueRow& row : co_await station_->queue_rows())
      answer["rows"].push_back(json::parse(control::queue_object(row)));
  co_return answer;
}

awaitable<std::string> Actor::submit(json order) {
  Letter letter{bytes_of_text(order.at("sender")), order.at("recipients"),
                bytes_of_text(order.at("text"))};
  co_return co_await station_->submit(std::move(letter));
}

awaitable<std::string> Actor::hold(json order) {
  DialogueScript script;
  script.to = {asio::ip::make_address(order.at("address").get<std::string>()), order.at("port")};
  for (const json& line : order.at("say")) script.say.push_back(bytes_of_text(line));
  for (const json& line : order.at("hear")) script.hear.push_back(bytes_of_text(line));
  script.patience = Duration(order.at("patience").get<std::int64_t>());
  co_return co_await hold_dialogue(real_.world(), std::move(script));
}

}  // namespace

int run_actor() {
  std::signal(SIGPIPE, SIG_IGN);
  return Actor().run();
}

}  // namespace mxlab::sim::live
