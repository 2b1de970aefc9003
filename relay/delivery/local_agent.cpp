#include "relay/delivery/local_agent.hpp"

#include <fmt/format.h>

#include "relay/delivery/mailbox.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::delivery {
namespace {

/// maildir(5): unique on this host for good, though the queue's numbers begin anew with a new
/// queue; and the same for each attempt, so that a second one replaces the first.
std::string file_name(const Envelope& envelope, const std::string& host) {
  return fmt::format("{}.{}.{}", world::epoch_seconds(envelope.creation),
                     queue::to_hex(envelope.id), host);
}

constexpr const char* kSpool = "/var/mail/";  // hier(7)

Result failed(Envelope envelope, ResultKind kind, std::string text, std::string enhanced) {
  std::string relay = envelope.destination;
  return {std::move(envelope), kind, {std::move(text), std::move(enhanced), {}},
          std::move(relay),    "-",  std::string(16, '0')};
}

}  // namespace

void LocalAgent::deliver(Envelope envelope) {
  world::spawn(context_.world, run(this, std::move(envelope)));
}

awaitable<void> LocalAgent::run(LocalAgent* self, Envelope envelope) {
  self->context_.counters.add("mda.running");
  auto result = co_await self->attempt(std::move(envelope));
  self->context_.counters.add("mda.running", -1);
  co_await self->recorder_.record({std::move(result)});
}

awaitable<std::string> LocalAgent::whole_body(queue::MessageId id) {
  std::string body;
  for (std::uint32_t number = 0;; ++number) {
    std::string chunk = co_await context_.queue.read_chunk(id, number);
    if (chunk.empty()) co_return body;
    body += chunk;
  }
}

awaitable<Result> LocalAgent::attempt(Envelope envelope) {
  auto account = accounts_->find(envelope.destination);
  auto action = find_action(*context_.config, envelope.action);
  if (!account)
    co_return failed(std::move(envelope), ResultKind::kPermanent, "550 5.1.1 No such user here",
                     "5.1.1");
  if (!action || action->method == config::Method::kRelay)
    co_return failed(std::move(envelope), ResultKind::kTemporary,
                     "No local action of this name in smtpd.conf", "4.3.5");
  std::string trouble;
  try {
    auto& world = context_.world;
    LocalMessage message{envelope.sender, envelope.recipient,
                         co_await whole_body(envelope.id.message()), world.clock.now()};
    co_await world::on_storage(
        world, [&disk = world.disk, message = std::move(message), home = account->home,
                user = account->name, name = file_name(envelope, context_.server_name),
                maildir = action->method == config::Method::kMaildir] {
          if (maildir)
            deliver_to_maildir(disk, home + "/Maildir", name, message);
          else
            append_to_mbox(disk, kSpool + user, message);
        });
  } catch (const std::system_error& error) {
    trouble = error.what();
  }
  if (!trouble.empty())
    co_return failed(std::move(envelope), ResultKind::kTemporary,
                     "Cannot write the mailbox: " + trouble, "4.2.0");
  std::string relay = envelope.destination;
  co_return Result{std::move(envelope),
                   ResultKind::kDelivered,
                   {"Delivered", "2.0.0", {}},
                   std::move(relay),
                   "-",
                   std::string(16, '0')};
}

}  // namespace mxlab::delivery
