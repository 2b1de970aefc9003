#include "relay/delivery/reports.hpp"

#include <fmt/format.h>

#include "relay/delivery/received.hpp"
#include "relay/smtp/ascii.hpp"
#include "relay/world/spawn.hpp"

namespace mxlab::delivery {
namespace {
using namespace std::chrono_literals;

constexpr Duration kGather = 1s;                        // OpenSMTPD bounce.c
constexpr Duration kReportLife = std::chrono::days(7);  // OpenSMTPD config.c
constexpr std::size_t kMostHeaders = 256 * 1024;        // of the original, in a report
constexpr std::size_t kMostOriginal = 1024 * 1024;      // RET=FULL

std::string header_section(std::string text) {
  if (text.starts_with("\r\n")) return {};
  auto end = text.find("\r\n\r\n");
  if (end != std::string::npos) text.resize(end + 2);
  return text;
}

}  // namespace

void Reports::add(Envelope bounce) {
  Key key{bounce.id.message(), bounce.bounce, bounce.sender};
  auto& waiting = gathering_[key];
  waiting.push_back(std::move(bounce));
  if (waiting.size() == 1) world::spawn(context_.world, run(this, key));
}

awaitable<void> Reports::run(Reports* self, Key key) {
  co_await self->context_.world.clock.sleep_for(kGather);
  auto bounces = std::move(self->gathering_[key]);
  self->gathering_.erase(key);
  std::string trouble;
  try {
    co_await self->inject(bounces);
  } catch (const std::system_error& error) {
    trouble = error.what();
  }
  if (trouble.empty()) co_return;
  std::vector<Result> results;
  for (const Envelope& bounce : bounces)
    results.push_back({bounce, ResultKind::kTemporary, bounce.last_failure, bounce.sender, "-",
                       std::string(16, '0')});
  self->context_.world.journal.warn("bounce: cannot write the report: " + trouble);
  co_await self->recorder_.record(std::move(results));
}

awaitable<void> Reports::inject(std::vector<Envelope> bounces) {
  Directory directory{*context_.config, *accounts_, context_.server_name,
                      context_.world.clock.now()};
  auto targets = resolve_report(directory, bounces.front().sender);
  if (!targets) co_return co_await drop(bounces);
  auto report = co_await write(bounces, *targets);
  co_await store_chunks(report);
  queue::Transaction transaction;
  transaction.accepted.push_back(report);
  for (const Envelope& bounce : bounces) transaction.finished.push_back(bounce.id);
  co_await recorder_.commit_until_durable(std::move(transaction));
  tell(report, bounces);
}

/// A sender who is told without seeing the message again is better off than one who is told
/// nothing: what the disk does not give back stays out of the report.
awaitable<void> Reports::read_original(const Envelope& bounce, queue::Report& report) {
  const queue::MessageId id = bounce.id.message();
  std::string trouble;
  try {
    report.arrival = co_await context_.queue.arrival(id);
    report.will_retry_until = report.arrival + life_of_original(bounce).ttl;
    report.original = co_await original(id, report.full);
  } catch (const std::system_error& error) {
    trouble = error.what();
  }
  if (!trouble.empty())
    context_.world.journal.warn(fmt::format(
        "bounce: cannot read message {}, reporting without it: {}", queue::to_hex(id), trouble));
}

awaitable<std::string> Reports::original(queue::MessageId id, bool full) {
  std::string text;
  const std::size_t most = full ? kMostOriginal : kMostHeaders;
  for (std::uint32_t number = 0; text.size() < most; ++number) {
    std::string chunk = co_await context_.queue.read_chunk(id, number);
    if (chunk.empty()) break;
    text += chunk;
  }
  co_return full&& text.size() < kMostOriginal ? text : header_section(std::move(text));
}

awaitable<queue::NewMessage> Reports::write(const std::vector<Envelope>& bounces,
                                            const std::vector<Target>& targets) {
  const Envelope& first = bounces.front();
  const TimePoint now = context_.world.clock.now();
  queue::NewMessage message;
  message.id = context_.queue.new_message();
  queue::Report report;
  report.kind = first.bounce;
  report.host = context_.server_name;
  report.about = bounces;
  // RFC 3461 4.3: RET is about failures; a report of anything else returns the header alone.
  report.full = smtp::equals_ignoring_case(first.dsn.ret, "FULL") &&
                first.bounce == queue::BounceKind::kFailed;
  report.now = now;
  co_await read_original(first, report);
  report.message_id = fmt::format("{:016x}@{}", context_.world.random.next(), report.host);
  Trace trace{
      report.host,  report.host, "local", report.host, "ESMTP", "", queue::to_hex(message.id),
      first.sender, now};
  message.last_chunk = received_header(trace) + queue::write_report(report);
  message.size = message.last_chunk.size();
  for (std::uint32_t number = 0; number < targets.size(); ++number) {
    Envelope envelope;
    envelope.id = queue::EnvelopeId::of(message.id, number);
    direct(envelope, targets[number]);
    envelope.source = queue::Source::kLocal;
    envelope.authenticated = true;
    envelope.recipient = first.sender;
    envelope.utf8 = queue::needs_utf8(report);
    envelope.smtp_name = envelope.helo = envelope.peer_name = report.host;
    envelope.peer_address = "local";
    envelope.ttl = kReportLife;
    envelope.creation = envelope.next_attempt = envelope.wake = now;
    message.envelopes.push_back(std::move(envelope));
  }
  co_return message;
}

/// A report that returns the whole message may be longer than one row of the queue.
awaitable<void> Reports::store_chunks(queue::NewMessage& message) try {
  std::string& text = message.last_chunk;
  std::size_t stored = 0;
  for (; text.size() - stored > queue::kChunkSize; stored += queue::kChunkSize)
    co_await context_.queue.append(message.id, message.chunks++,
                                   text.substr(stored, queue::kChunkSize));
  text.erase(0, stored);
} catch (const std::system_error&) {
  context_.queue.discard(message.id);
  throw;
}

/// Of the message itself: a bounce envelope has a life of its own.
Lifetime Reports::life_of_original(Envelope bounce) const {
  bounce.ttl = Duration::zero();
  return lifetime_of(bounce, *context_.config);
}

void Reports::tell(const queue::NewMessage& report, const std::vector<Envelope>& bounces) {
  auto& counters = context_.counters;
  auto& journal = context_.world.journal;
  const std::string session = draw_session_id(context_.world.random);
  auto gone = static_cast<std::int64_t>(bounces.size());
  if (journal.traces("bounce"))
    journal.detail("bounce", fmt::format("{}: a report of {} envelopes, to <{}>", session, gone,
                                         bounces.front().sender));
  counters.add("smtp.session");
  counters.add("smtp.session.local");
  journal.info(
      fmt::format("{} smtp connected address=local host={}", session, context_.server_name));
  journal.info(fmt::format("{} smtp message msgid={} size={} nrcpt={} proto=ESMTP", session,
                           queue::to_hex(report.id), report.size, report.envelopes.size()));
  for (const Envelope& envelope : report.envelopes) {
    const std::string id = queue::to_hex(envelope.id);
    counters.add("scheduler.envelope");
    journal.info(
        fmt::format("{} smtp envelope evpid={} from=<> to=<{}>", session, id, envelope.recipient));
    journal.record({world::FactKind::kQueue, id, "report to " + envelope.recipient});
  }
  counters.add("scheduler.delivery.ok", gone);
  counters.add("scheduler.envelope", -gone);
  counters.add("smtp.session", -1);
  journal.info(session + " smtp disconnected reason=quit");
  std::vector<queue::EnvelopeId> ids;
  for (const Envelope& bounce : bounces) {
    journal.record({world::FactKind::kQueue, queue::to_hex(bounce.id), "Ok reported"});
    ids.push_back(bounce.id);
  }
  recorder_.release(ids);
}

/// A rule says reject: what the operator has forbidden is not sent, and the log says so.
awaitable<void> Reports::drop(const std::vector<Envelope>& bounces) {
  std::vector<Result> results;
  for (const Envelope& bounce : bounces) {
    context_.world.journal.warn(
        fmt::format("bounce: PermFail injecting failure report on message {} to <{}>: a rule "
                    "rejects it",
                    queue::to_hex(bounce.id.message()), bounce.sender));
    results.push_back({bounce,
                       ResultKind::kPermanent,
                       {"550 5.7.1 Report rejected by a rule", "5.7.1", {}},
                       bounce.sender,
                       "-",
                       std::string(16, '0')});
  }
  co_await recorder_.record(std::move(results));
}

}  // namespace mxlab::delivery
