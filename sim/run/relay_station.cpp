#include "sim/run/relay_station.hpp"

namespace mxlab::sim {

awaitable<void> RelayStation::run() try {
  co_await relay_.run();
} catch (const std::exception& error) {
  fault_ = error.what();
  world_.journal.warn("relay: " + fault_);
}

awaitable<std::vector<control::QueueRow>> RelayStation::queue_rows() try {
  if (!relay_.started()) co_return std::vector<control::QueueRow>{};
  co_return co_await relay_.desk().queue_rows();
} catch (const std::system_error& error) {
  world_.journal.warn(std::string("show queue: ") + error.what());
  co_return std::vector<control::QueueRow>{};
}

bool RelayStation::pause(const std::string& part, bool paused) {
  if (!relay_.started()) return false;
  if (part == "mta") return relay_.desk().pause_mta(paused);
  if (part == "mda") return relay_.desk().pause_mda(paused);
  return relay_.desk().pause_smtp(paused);
}

awaitable<void> RelayStation::schedule_all() try {
  if (relay_.started()) co_await relay_.desk().schedule_all();
} catch (const std::system_error& error) {
  world_.journal.warn(std::string("schedule: ") + error.what());
}

awaitable<std::string> RelayStation::submit(Letter letter) {
  if (!relay_.started()) co_return "the relay is not running";
  auto reply = co_await relay_.submit(
      {std::move(letter.sender), std::move(letter.recipients), std::move(letter.text)});
  co_return reply.positive() ? std::string() : reply.text();
}

}  // namespace mxlab::sim
