#include "sim/actors/sender.hpp"

#include "relay/smtp/address.hpp"
#include "sim/actors/outbox.hpp"

namespace mxlab::sim {

struct Sender::Parts {
  Parts(world::World& world, SenderOptions o, Belongings belongings, SenderSpool& spool)
      : options(std::move(o)),
        counters(world.journal),
        inbox(world, options.inbox, belongings, counters),
        resolver(world, {options.inbox.dns}),
        notes(options.profile),
        context{world, options.profile,    spool,  counters, inbox, resolver,
                notes, options.inbox.name, nullptr},
        outbox(context) {
    if (options.inbox.certificate) context.tls = smtp::TlsContext::opportunistic_client();
  }

  SenderOptions options;
  control::Counters counters;
  Inbox inbox;
  dns::Resolver resolver;
  HostNotes notes;
  SenderContext context;
  Outbox outbox;
};

namespace {

SenderOptions with_own_name(SenderOptions options) {
  options.inbox.domains.push_back(options.inbox.name);
  return options;
}

}  // namespace

Sender::Sender(world::World& world, SenderOptions options, Belongings belongings,
               SenderSpool& spool)
    : parts_(std::make_unique<Parts>(world, with_own_name(std::move(options)), belongings, spool)) {
  // For whom letters wait, reports may come.
  for (const auto& [id, envelope] : spool.envelopes) parts_->inbox.answer_for(envelope.sender);
}

Sender::~Sender() = default;

awaitable<void> Sender::run() {
  parts_->inbox.start();
  co_await parts_->outbox.run();
}

void Sender::stop() {
  parts_->inbox.stop();
  parts_->outbox.stop();
}

const control::Digest& Sender::digest() const { return parts_->counters.digest(); }
const control::Counters& Sender::counters() const { return parts_->counters; }

awaitable<std::vector<control::QueueRow>> Sender::queue_rows() { co_return parts_->outbox.rows(); }

bool Sender::pause(const std::string& part, bool paused) {
  auto& outbox = parts_->outbox;
  auto& journal = parts_->context.world.journal;
  if (part == "smtp") return parts_->inbox.pause(paused);
  if (part != "mta" && part != "mda") return false;
  const bool relaying = part == "mta";
  if ((relaying ? outbox.relaying_paused() : outbox.local_paused()) == paused) return false;
  relaying ? outbox.pause_relaying(paused) : outbox.pause_local(paused);
  journal.info("info: " + part + (paused ? " paused" : " resumed"));
  return true;
}

awaitable<void> Sender::schedule_all() {
  parts_->outbox.schedule_all();
  co_return;
}

awaitable<std::string> Sender::submit(Letter letter) {
  if (parts_->inbox.paused()) co_return "server disallowed submission request";
  parts_->inbox.answer_for(letter.sender);
  parts_->counters.add("smtp.session");
  parts_->counters.add("smtp.session.local");
  parts_->outbox.add({letter.sender, letter.recipients, letter.text, false});
  parts_->counters.add("smtp.session", -1);
  co_return "";
}

}  // namespace mxlab::sim
