#include "relay/submission.hpp"

#include <fmt/format.h>

#include "relay/intake.hpp"

namespace mxlab::relay {
namespace {

config::Transaction transaction_of(const Submission& submission, const std::string& recipient) {
  config::Transaction transaction;
  transaction.socket = true;
  transaction.sender = submission.sender;
  transaction.recipient = recipient;
  return transaction;
}

queue::Envelope envelope_of(const Reception& reception, const Submission& submission,
                            const std::string& recipient, const delivery::Target& target) {
  queue::Envelope envelope;
  envelope.kind = target.kind;
  envelope.source = queue::Source::kLocal;
  envelope.authenticated = true;
  envelope.internal = target.internal;
  envelope.sender = submission.sender;
  envelope.recipient = recipient;
  envelope.destination = target.destination;
  envelope.action = target.action;
  envelope.smtp_name = envelope.peer_name = reception.context.server_name;
  envelope.helo = "localhost";
  envelope.peer_address = "local";
  return envelope;
}

/// What a session over the network would refuse as well.
std::optional<smtp::Reply> refuse_by_limits(const config::Config& config,
                                            const Submission& submission) {
  if (submission.recipients.empty()) return smtp::Reply{554, "5.5.1", "No recipients"};
  if (submission.recipients.size() > config.max_rcpt)
    return smtp::Reply{452, "4.5.3", "Too many recipients"};
  if (submission.body.size() > config.max_message_size)
    return smtp::Reply{552, "5.3.4", "Message too big for system"};
  return std::nullopt;
}

}  // namespace

awaitable<smtp::Reply> submit(Reception& reception, Submission submission) {
  auto& context = reception.context;
  if (auto refused = refuse_by_limits(*context.config, submission)) co_return *refused;
  delivery::Directory directory{*context.config, *reception.accounts, context.server_name};
  Intake intake;
  intake.session = delivery::draw_session_id(context.world.random);
  intake.trace = {
      "localhost", context.server_name, "local", context.server_name, "ESMTPA", "", "", "", {}};
  if (submission.recipients.size() == 1) intake.trace.recipient = submission.recipients.front();
  for (const std::string& recipient : submission.recipients) {
    auto resolved = delivery::resolve_recipient(directory, transaction_of(submission, recipient));
    if (auto* reply = std::get_if<smtp::Reply>(&resolved)) co_return *reply;
    for (const auto& target : std::get<std::vector<delivery::Target>>(resolved))
      intake.envelopes.push_back(envelope_of(reception, submission, recipient, target));
  }
  context.counters.add("smtp.session");
  context.counters.add("smtp.session.local");
  auto sink = std::make_unique<IntakeSink>(context, reception.scheduler, std::move(intake));
  smtp::Reply reply{451, "4.3.0", "Cannot store the message, try again later"};
  try {
    co_await sink->write(std::move(submission.body));
    reply = (co_await sink->commit()).reply;
  } catch (const std::system_error& error) {
    context.world.journal.warn(std::string("submission: cannot queue: ") + error.what());
  }
  context.counters.add("smtp.session.local", -1);
  context.counters.add("smtp.session", -1);
  co_return reply;
}

}  // namespace mxlab::relay
