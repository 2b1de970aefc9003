#include "relay/delivery/local_agent.hpp"

#include <fmt/format.h>

#include "relay/config/units.hpp"
#include "relay/delivery/format.hpp"
#include "relay/delivery/lmtp.hpp"
#include "relay/delivery/maildir.hpp"
#include "relay/delivery/mbox.hpp"
#include "relay/smtp/address.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::delivery {
namespace {
using namespace std::chrono_literals;

constexpr const char* kSpool = "/var/mail/";  // hier(7)
constexpr Duration kLockPatience = 30s, kLockPause = 1s;
constexpr std::size_t kMostPerMbox = 1, kMostPerMaildir = 7, kMostPerLmtpServer = 20;
constexpr std::size_t kMostLmtpRecipients = 100;  // RFC 5321 4.5.3.1.8: what each server takes

/// maildir(5): unique on this host for good, though the queue's numbers begin anew with a new
/// queue; and the same for each attempt, so that a second one replaces the first.
std::string file_name(const Envelope& envelope, const std::string& host) {
  return fmt::format("{}.{}.{}", world::epoch_seconds(envelope.creation),
                     queue::to_hex(envelope.id), host);
}

Result failed(Envelope envelope, ResultKind kind, std::string text, std::string enhanced) {
  Result result;
  result.relay = envelope.destination;
  result.envelope = std::move(envelope);
  result.kind = kind;
  result.failure = {std::move(text), std::move(enhanced), {}};
  return result;
}

/// Envelopes of an older queue name the user as their destination.
std::string user_of(const Envelope& envelope) {
  if (!envelope.user.empty()) return envelope.user;
  return config::lowered(smtp::local_part_of(envelope.destination));
}

/// What stands behind the delimiter in the last address, if that is the user's own.
std::string extension_of(const Envelope& envelope, const config::Config& config) {
  const std::string local = config::lowered(smtp::local_part_of(envelope.destination));
  const auto end = local.find_first_of(config.sub_address);
  if (end == std::string::npos || local.substr(0, end) != user_of(envelope)) return {};
  return local.substr(end + 1);
}

std::string maildir_of(const config::Action& action, const FormatValues& values) {
  return expand_format(action.maildir.empty() ? "~/Maildir" : action.maildir, values)
      .value_or(std::string());
}

bool writes_files(const config::Action& action) {
  return action.method == config::Method::kMbox || action.method == config::Method::kMaildir;
}

}  // namespace

/// One message for one mailbox file or folder.
struct LocalAgent::Job {
  Envelope envelope;
  config::Action action;
  Account account;
  std::string place;  // the file or folder
};

LocalAgent::LocalAgent(Context& context, Recorder& recorder,
                       std::shared_ptr<const Accounts>& accounts)
    : context_(context), recorder_(recorder), accounts_(accounts), turns_(context.world.clock) {}

void LocalAgent::deliver(Envelope envelope) {
  auto action = find_action(*context_.config, envelope.action);
  if (!action || action->method != config::Method::kLmtp)
    return world::spawn(context_.world, run(this, std::move(envelope)));
  Group group{envelope.id.message(), envelope.action};
  auto& members = gathering_[group];
  members.push_back(std::move(envelope));
  if (members.size() == 1) world::spawn(context_.world, run_lmtp(this, std::move(group)));
}

awaitable<void> LocalAgent::run(LocalAgent* self, Envelope envelope) {
  self->context_.counters.add("mda.running");
  auto result = co_await self->attempt(std::move(envelope));
  self->context_.counters.add("mda.running", -1);
  std::vector<Result> results;
  results.push_back(std::move(result));
  co_await self->recorder_.record(std::move(results));
}

// --- LMTP ----------------------------------------------------------------------------------------

awaitable<void> LocalAgent::run_lmtp(LocalAgent* self, Group group) {
  auto node = self->gathering_.extract(group);
  std::vector<Envelope> waiting = std::move(node.mapped());
  while (!waiting.empty()) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(waiting.size(), kMostLmtpRecipients));
    std::vector<Envelope> envelopes(std::make_move_iterator(waiting.end() - count),
                                    std::make_move_iterator(waiting.end()));
    waiting.erase(waiting.end() - count, waiting.end());
    auto action = find_action(*self->context_.config, group.second).value_or(config::Action{});
    const std::string place = action.lmtp;
    co_await self->turns_.enter(place, kMostPerLmtpServer);
    self->context_.counters.add("mda.running");
    std::vector<Result> results;
    for (const Envelope& envelope : envelopes)
      results.push_back(
          failed(envelope, ResultKind::kTemporary, "Cannot read the message", "4.3.0"));
    try {
      results = co_await deliver_by_lmtp(self->context_, std::move(action), std::move(envelopes));
    } catch (const std::system_error& error) {
      for (Result& result : results) result.failure.text += std::string(": ") + error.what();
    }
    self->context_.counters.add("mda.running", -1);
    self->turns_.leave(place);
    co_await self->recorder_.record(std::move(results));
  }
}

// --- files ---------------------------------------------------------------------------------------

awaitable<Result> LocalAgent::attempt(Envelope envelope) {
  auto found = find_action(*context_.config, envelope.action);
  if (!found || !writes_files(*found))
    co_return failed(std::move(envelope), ResultKind::kTemporary,
                     "No local action of this name in smtpd.conf", "4.3.5");
  Job job{std::move(envelope), std::move(*found), {}, {}};
  auto account = find_account(*accounts_, job.action,
                              job.action.user.empty() ? user_of(job.envelope) : job.action.user);
  if (!account)
    co_return failed(std::move(job.envelope), ResultKind::kPermanent, "550 5.1.1 No such user here",
                     "5.1.1");
  job.account = std::move(*account);
  const FormatValues values{
      job.envelope.sender,
      job.envelope.recipient,
      job.envelope.destination,
      job.account.name,
      job.account.home,
      context_.config->sub_address.empty() ? '+' : context_.config->sub_address.front()};
  if (job.action.method == config::Method::kMaildir)
    job.place = maildir_of(job.action, values);
  else if (is_safe_file_name(job.account.name))
    job.place = kSpool + job.account.name;
  if (!job.place.starts_with('/'))
    co_return failed(std::move(job.envelope), ResultKind::kPermanent,
                     "550 5.1.3 This address cannot be the name of a mailbox", "5.1.3");
  co_return co_await attempt(std::move(job));
}

awaitable<Result> LocalAgent::attempt(Job job) {
  const bool mbox = job.action.method == config::Method::kMbox;
  co_await turns_.enter(job.place, mbox ? kMostPerMbox : kMostPerMaildir);
  std::string trouble = co_await fill(job);
  turns_.leave(job.place);
  if (!trouble.empty())
    co_return failed(std::move(job.envelope), ResultKind::kTemporary,
                     "Cannot write the mailbox: " + trouble, "4.2.0");
  Result result;
  result.relay = job.envelope.destination;
  result.envelope = std::move(job.envelope);
  result.kind = ResultKind::kDelivered;
  result.failure = {"Delivered", "2.0.0", {}};
  co_return result;
}

/// Writes the message; what went wrong in words, or nothing.
awaitable<std::string> LocalAgent::fill(const Job& job) {
  Writer writer;
  std::string trouble;
  try {
    writer = co_await open(job);
    co_await copy_body(job.envelope.id.message(), writer);
    co_await world::on_storage(context_.world, [writer] { writer->finish(); });
  } catch (const std::system_error& error) {
    trouble = error.what();
  }
  // What has failed is undone where blocking is allowed.
  co_await world::on_storage(context_.world, [w = std::move(writer)]() mutable { w.reset(); });
  co_return trouble;
}

awaitable<void> LocalAgent::copy_body(queue::MessageId id, Writer writer) {
  for (std::uint32_t number = 0;; ++number) {
    std::string chunk = co_await context_.queue.read_chunk(id, number);
    if (chunk.empty()) co_return;
    co_await world::on_storage(context_.world,
                               [writer, chunk = std::move(chunk)] { writer->write(chunk); });
  }
}

awaitable<LocalAgent::Writer> LocalAgent::open(const Job& job) {
  if (job.action.method == config::Method::kMbox) co_return co_await open_mailbox_file(job);
  MaildirTarget target{job.place,
                       file_name(job.envelope, context_.server_name),
                       extension_of(job.envelope, *context_.config),
                       job.action.junk,
                       job.account,
                       {job.envelope.sender, job.envelope.recipient, context_.world.clock.now()}};
  co_return co_await world::on_storage(
      context_.world, [&disk = context_.world.disk, target = std::move(target)]() -> Writer {
        return open_maildir(disk, target);
      });
}

/// Waits for the locks of other programs, as long as a reader may need.
awaitable<LocalAgent::Writer> LocalAgent::open_mailbox_file(const Job& job) {
  auto& clock = context_.world.clock;
  const auto deadline = clock.steady_now() + kLockPatience;
  MboxTarget target{job.place,
                    job.account,
                    {job.envelope.sender, job.envelope.recipient, clock.now()},
                    std::nullopt};
  for (;;) {
    std::optional<MailboxLocked> locked;
    try {
      auto writer = co_await world::on_storage(
          context_.world,
          [&disk = context_.world.disk, target]() -> Writer { return open_mbox(disk, target); });
      locks_.opened(job.place);
      co_return writer;
    } catch (const MailboxLocked& error) {
      locked = error;
    }
    target.abandoned_lock = locks_.found(job.place, locked->dot_lock(), clock.steady_now());
    if (!target.abandoned_lock && clock.steady_now() >= deadline) throw *locked;
    if (!target.abandoned_lock) co_await clock.sleep_for(kLockPause);
  }
}

}  // namespace mxlab::delivery
