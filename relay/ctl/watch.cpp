// watch.cpp - mxrelayctl monitor --watch: one page, drawn anew each second. On a terminal it
// stays in place; into a file or a pipe it goes page after page.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "relay/control/objects.hpp"
#include "relay/control/texts.hpp"
#include "relay/ctl/monitor.hpp"

namespace mxlab::ctl {
namespace {

using nlohmann::json;

constexpr world::Duration kPeriod = std::chrono::seconds(1);
constexpr std::size_t kMostLines = 10;  // of each table

/// The escape sequences, or nothing at all.
struct Paint {
  explicit Paint(bool colours) : on(colours) {}
  bool on;
  std::string bold(const std::string& text) const { return wrap("\033[1m", text); }
  std::string alarm(const std::string& text) const { return wrap("\033[31m", text); }
  std::string home() const { return on ? "\033[H\033[J" : ""; }

 private:
  std::string wrap(const char* code, const std::string& text) const {
    return on ? code + text + "\033[0m" : text;
  }
};

std::string span(std::int64_t seconds) {
  return control::duration_text(std::chrono::seconds(seconds));
}

std::string head(const json& now, const Paint& paint) {
  std::string text = paint.bold(now.at("name").get<std::string>()) + "  up " +
                     span(now.at("uptime").get<std::int64_t>());
  for (const auto& [part, state] : now.at("status").items()) {
    const auto word = state.get<std::string>();
    text += fmt::format("  {} {}", part, word == "running" ? word : paint.alarm(word));
  }
  return text + "\n\n";
}

std::string queue_line(const json& now, const control::Columns& columns) {
  return fmt::format("queue {} envelopes, {} in flight; inbound {} sessions, {} under TLS\n",
                     columns[3], now.at("inflight").get<std::int64_t>(), columns[0],
                     now.at("tls").get<std::int64_t>());
}

std::string domains(const json& now, const Paint& paint) {
  std::string text =
      paint.bold(fmt::format("{:<40} {:>9} {:>12}\n", "domain", "envelopes", "oldest"));
  std::size_t lines = 0;
  for (const json& domain : now.at("domains")) {
    if (lines++ == kMostLines) break;
    text += fmt::format("{:<40} {:>9} {:>12}\n", domain.at("domain").get<std::string>(),
                        domain.at("envelopes").get<std::int64_t>(),
                        span(domain.at("age").get<std::int64_t>()));
  }
  if (!now.at("complete").get<bool>())
    text += fmt::format("(of the first {} envelopes)\n", now.at("counted").get<std::int64_t>());
  return text + "\n";
}

std::string relays(const json& now, const Paint& paint) {
  std::string text =
      paint.bold(fmt::format("{:<40} {:>9} {:>12}\n", "destination", "tasks", "connections"));
  std::size_t lines = 0;
  for (const json& relay : now.at("relays")) {
    if (lines++ == kMostLines) break;
    text += fmt::format("{:<40} {:>9} {:>12}\n", relay.at("domain").get<std::string>(),
                        relay.at("tasks").get<std::int64_t>(),
                        relay.at("connections").get<std::int64_t>());
  }
  return text;
}

std::string page(const json& now, const control::Digest& before, const Paint& paint) {
  const auto columns = control::columns(control::digest_of(now.at("digest").dump()), before);
  return paint.home() + head(now, paint) + control::monitor_header() +
         control::monitor_row(columns) + "\n" + queue_line(now, columns) + "\n" +
         domains(now, paint) + relays(now, paint);
}

}  // namespace

awaitable<int> watch(world::World& world, Client& client, MonitorOptions options, Output& output) {
  const Paint paint(options.colours);
  std::optional<control::Digest> before;
  const auto start = world.clock.steady_now();
  for (std::uint64_t row = 0; !options.rows || row < *options.rows; ++row) {
    std::string object;
    const auto last = co_await client.ask(
        {"overview", {}, true}, [&object](const control::AnswerRecord& record, std::string_view) {
          if (const auto* found = std::get_if<control::JsonRecord>(&record)) object = found->json;
        });
    if (last.status != 0) {
      output.err("mxrelayctl: " + last.error + "\n");
      co_return last.status;
    }
    const json now = json::parse(object);
    const auto digest = control::digest_of(now.at("digest").dump());
    // The first page tells what has changed since it was asked for: nothing.
    output.out(page(now, before.value_or(digest), paint));
    output.flush();
    before = digest;
    const auto passed = (world.clock.steady_now() - start) / kPeriod;
    co_await world.clock.sleep_until(start + kPeriod * (passed + 1));
  }
  co_return 0;
}

}  // namespace mxlab::ctl
