#include "sim/actors/primary.hpp"

#include <fmt/format.h>

#include "sim/actors/trace_header.hpp"

namespace mxlab::sim {

Primary::Primary(world::World& world, InboxOptions options, Belongings belongings)
    : world_(world),
      counters_(world.journal),
      inbox_(world, std::move(options), belongings, counters_) {}

awaitable<void> Primary::run() {
  inbox_.start();
  co_return;
}

awaitable<std::vector<control::QueueRow>> Primary::queue_rows() {
  co_return std::vector<control::QueueRow>();  // what it takes it has delivered
}

bool Primary::pause(const std::string& part, bool paused) {
  return part == "smtp" && inbox_.pause(paused);
}

awaitable<void> Primary::schedule_all() { co_return; }

awaitable<std::string> Primary::submit(Letter letter) {
  if (inbox_.paused()) co_return "server disallowed submission request";
  for (const std::string& recipient : letter.recipients)
    if (!inbox_.takes(recipient)) co_return "550 Invalid recipient: " + recipient;
  counters_.add("smtp.session");
  counters_.add("smtp.session", -1);
  Inbox::Arrival arrival;
  arrival.session = fmt::format("{:016x}", world_.random.next());
  arrival.id = static_cast<std::uint32_t>(world_.random.next());
  arrival.sender = letter.sender;
  arrival.recipients = letter.recipients;
  arrival.protocol = "ESMTPA";
  arrival.text =
      received_locally(inbox_.options().name, arrival.id, letter.recipients, world_.clock.now()) +
      letter.text;
  inbox_.store(arrival);
  co_return "";
}

}  // namespace mxlab::sim
