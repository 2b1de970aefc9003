#include "sim/actors/inbox.hpp"

#include <fmt/format.h>

#include "relay/smtp/address.hpp"
#include "relay/smtp/ascii.hpp"
#include "relay/smtp/deadline.hpp"
#include "relay/world/spawn.hpp"
#include "sim/actors/muted_stream.hpp"
#include "sim/actors/spool.hpp"
#include "sim/actors/visit.hpp"

namespace mxlab::sim {
namespace {
using namespace std::chrono_literals;

constexpr int kBacklog = 5;  // OpenSMTPD SMTPD_BACKLOG
constexpr std::uint16_t kSmtpPort = 25;
constexpr world::Duration kIdleLimit = 300s;  // OpenSMTPD SMTPD_SESSION_TIMEOUT

/// Until the client leaves or the idle limit ends it.
awaitable<void> say_nothing(world::World& world, world::Stream& stream) try {
  smtp::Deadline deadline(world.clock, stream, world.clock.steady_now() + kIdleLimit);
  char buffer[512];
  for (;;) co_await stream.async_read_some(asio::buffer(buffer), asio::use_awaitable);
} catch (const std::system_error&) {
  // The end of a session in which nothing was said has nothing to say either.
}

}  // namespace

Inbox::Inbox(world::World& world, InboxOptions options, Belongings belongings,
             control::Counters& counters)
    : world_(world), options_(std::move(options)), belongings_(belongings), counters_(counters) {
  if (!options_.dns.empty())
    resolver_ = std::make_unique<dns::Resolver>(world_, dns::ResolverOptions{options_.dns});
  if (options_.certificate)
    tls_ = smtp::TlsContext::server(options_.certificate->chain, options_.certificate->key);
  for (const std::string& domain : options_.domains) domains_.insert(smtp::to_upper(domain));
}

bool Inbox::is_own_domain(const std::string& recipient) const {
  return domains_.contains(smtp::to_upper(smtp::domain_of(recipient)));
}

void Inbox::answer_for(const std::string& sender) {
  if (!sender.empty()) senders_domains_.insert(smtp::to_upper(smtp::domain_of(sender)));
}

bool Inbox::takes(const std::string& recipient) const {
  return domains_.empty() || smtp::is_bare_postmaster(recipient) || is_own_domain(recipient) ||
         senders_domains_.contains(smtp::to_upper(smtp::domain_of(recipient)));
}

void Inbox::start() {
  for (const auto& interface : world_.network.interfaces()) {
    if (!interface.egress) continue;
    auto listener = world_.network.listen({interface.address, kSmtpPort}, kBacklog);
    listeners_.push_back(listener.get());
    world::spawn(world_, accept_loop(this, std::move(listener)));
  }
}

bool Inbox::pause(bool paused) {
  if (paused_ == paused) return false;
  paused_ = paused;
  for (world::Listener* listener : listeners_) paused ? listener->pause() : listener->resume();
  world_.journal.info(paused ? "info: smtp paused" : "info: smtp resumed");
  return true;
}

void Inbox::stop() {
  for (world::Listener* listener : listeners_) listener->close();
}

awaitable<void> Inbox::accept_loop(Inbox* self, std::unique_ptr<world::Listener> listener) {
  try {
    for (;;) world::spawn(self->world_, serve(self, co_await listener->accept()));
  } catch (const std::system_error&) {
    // Closed by stop(): nothing else ends a listener.
  }
  std::erase(self->listeners_, listener.get());
}

awaitable<void> Inbox::serve(Inbox* self, std::unique_ptr<world::Stream> stream) {
  Manners& manners = self->manners();
  const auto now = self->world_.clock.steady_now();
  if (manners.answer("connect", "", now) == "silence") {
    manners.give("connect", "", now);
    self->counters_.add("smtp.session");
    co_await say_nothing(self->world_, *stream);
    stream->close();
    self->counters_.add("smtp.session", -1);
    co_return;
  }
  auto muted = std::make_shared<bool>(false);
  smtp::ServerOptions options;
  options.hostname = self->options_.name;
  options.tls = self->tls_;
  options.max_message_size = self->options_.max_message_size;
  options.dsn = self->options_.dsn;
  options.utf8 = self->options_.utf8;
  co_await smtp::serve(self->world_, std::make_unique<MutedStream>(std::move(stream), muted),
                       std::move(options), std::make_shared<Visit>(*self, muted));
}

awaitable<std::string> Inbox::name_of(world::Address client) {
  if (!resolver_) co_return "<unknown>";
  auto answer = co_await resolver_->names(client);
  co_return answer.names.empty() ? "<unknown>" : answer.names.front();
}

void Inbox::deliver(const std::string& sender, const std::string& recipient,
                    const std::string& text) {
  const std::string mailbox =
      smtp::is_bare_postmaster(recipient) ? recipient + "@" + options_.name : recipient;
  belongings_.mailboxes.deliver({mailbox, sender, text, world_.clock.now()});
}

void Inbox::store(const Arrival& arrival) {
  auto& journal = world_.journal;
  journal.info(fmt::format("{} smtp message msgid={:08x} size={} nrcpt={} proto={}",
                           arrival.session, arrival.id, arrival.text.size(),
                           arrival.recipients.size(), arrival.protocol));
  std::uint64_t number = 0;
  for (const std::string& recipient : arrival.recipients) {
    const std::string id = SenderSpool::hex(std::uint64_t{arrival.id} << 32 | number++);
    journal.info(fmt::format("{} smtp envelope evpid={} from=<{}> to=<{}>", arrival.session, id,
                             arrival.sender, recipient));
    counters_.add("scheduler.envelope");
    journal.record({world::FactKind::kQueue, id, "accepted for " + recipient});
    deliver(arrival.sender, recipient, arrival.text);
    counters_.add("scheduler.delivery.ok");
    counters_.add("scheduler.envelope", -1);
    journal.info(
        fmt::format("{} mda delivery evpid={} from=<{}> to=<{}> rcpt=<-> source=\"-\" "
                    "relay=\"local\" delay=0s result=\"Ok\" stat=\"Delivered\"",
                    arrival.session, id, arrival.sender, recipient));
    journal.record({world::FactKind::kQueue, id, "Ok Delivered"});
  }
}

}  // namespace mxlab::sim
