#include "relay/ctl/monitor.hpp"

#include "relay/control/objects.hpp"
#include "relay/control/texts.hpp"

namespace mxlab::ctl {
namespace {

constexpr world::Duration kPeriod = std::chrono::seconds(1);
constexpr std::uint64_t kRowsPerHeader = 25;

/// Nothing but an error: then the status is the exit status.
struct Totals {
  control::Digest digest;
  control::LastRecord last;
};

awaitable<Totals> totals(Client& client) {
  Totals totals;
  std::string object;
  totals.last = co_await client.ask(
      {"digest", {}, true}, [&object](const control::AnswerRecord& record, std::string_view) {
        if (const auto* json = std::get_if<control::JsonRecord>(&record)) object = json->json;
      });
  if (totals.last.status == 0) totals.digest = control::digest_of(object);
  co_return totals;
}

/// On the second since the start: no drift, and no burst after a pause.
world::SteadyPoint next_second(world::SteadyPoint start, world::SteadyPoint now) {
  return start + kPeriod * ((now - start) / kPeriod + 1);
}

}  // namespace

awaitable<int> monitor(world::World& world, Client& client, MonitorOptions options,
                       Output& output) {
  control::Digest before;
  const auto start = world.clock.steady_now();
  for (std::uint64_t row = 0; !options.rows || row < *options.rows; ++row) {
    const auto now = co_await totals(client);
    if (now.last.status != 0) {
      output.err("mxrelayctl: " + now.last.error + "\n");
      co_return now.last.status;
    }
    if (row % kRowsPerHeader == 0) output.out((row == 0 ? "" : "\n") + control::monitor_header());
    output.out(control::monitor_row(control::columns(now.digest, before)));
    output.flush();
    before = now.digest;
    co_await world.clock.sleep_until(next_second(start, world.clock.steady_now()));
  }
  co_return 0;
}

}  // namespace mxlab::ctl
