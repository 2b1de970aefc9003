#include "sim/actors/visit.hpp"

#include <fmt/format.h>

#include "relay/smtp/address.hpp"
#include "sim/actors/trace_header.hpp"

namespace mxlab::sim {
namespace {

smtp::Refusal refuse(int code, std::string enhanced, std::string text) {
  return {{code, std::move(enhanced), std::move(text)}, false};
}

std::string_view family_counter(const world::Address& address) {
  return address.is_v4() ? "smtp.session.inet4" : "smtp.session.inet6";
}

/// Takes one message in; what the Manners say of the final dot decides whether it is kept.
class Letterbox final : public smtp::MessageSink {
 public:
  Letterbox(Inbox& inbox, std::shared_ptr<Visit> visit, Inbox::Arrival arrival)
      : inbox_(inbox), visit_(std::move(visit)), arrival_(std::move(arrival)) {}

  awaitable<void> write(std::string bytes) override {
    arrival_.text += bytes;
    co_return;
  }
  awaitable<smtp::Refusal> commit() override {
    const auto now = inbox_.world().clock.steady_now();
    const bool lose = inbox_.manners().answer("dot", "", now) == "lose";
    auto refusal = co_await visit_->obey("dot");
    if (refusal && !lose) co_return std::move(*refusal);
    inbox_.store(arrival_);
    if (refusal) co_return std::move(*refusal);
    co_return refuse(250, "2.0.0",
                     fmt::format("{:08x} Message accepted for delivery", arrival_.id));
  }

 private:
  Inbox& inbox_;
  std::shared_ptr<Visit> visit_;
  Inbox::Arrival arrival_;
};

}  // namespace

awaitable<smtp::Verdict> Visit::obey(std::string at, std::string recipient) {
  Manners& manners = inbox_.manners();
  if (manners.delay() > world::Duration::zero())
    co_await inbox_.world().clock.sleep_for(manners.delay());
  const std::string answer = manners.give(at, recipient, inbox_.world().clock.steady_now());
  if (*muted_ || answer == "silence") {
    *muted_ = true;
    co_return smtp::Refusal{};
  }
  if (answer.empty()) co_return std::nullopt;
  if (answer == "close" || answer == "lose") co_return smtp::Refusal{{}, true};
  co_return smtp::Refusal{smtp::parse_reply_text(answer), false};
}

awaitable<smtp::Verdict> Visit::connected(const smtp::SessionState& session) {
  inbox_.counters().add("smtp.session");
  inbox_.counters().add(family_counter(session.peer.address));
  peer_name_ = co_await inbox_.name_of(session.peer.address);
  inbox_.world().journal.info(fmt::format("{} smtp connected address={} host={}", session.id,
                                          session.peer.address.to_string(), peer_name_));
  co_return co_await obey("connect");
}

awaitable<smtp::Verdict> Visit::helo(const smtp::SessionState& session) {
  co_return co_await obey(session.extended ? "ehlo" : "helo");
}

awaitable<smtp::Verdict> Visit::mail(const smtp::SessionState&) {
  if (auto refusal = co_await obey("mail")) co_return refusal;
  if (inbox_.manners().is_full())
    co_return refuse(452, "4.3.1", "Temporary failure: disk space exhausted");
  co_return std::nullopt;
}

awaitable<smtp::Verdict> Visit::rcpt(const smtp::SessionState&, smtp::Recipient recipient) {
  const std::string& address = recipient.address;
  if (auto refusal = co_await obey("rcpt", address)) co_return refusal;
  if (!inbox_.takes(address)) co_return refuse(550, "5.1.1", "Invalid recipient: " + address);
  co_return std::nullopt;
}

awaitable<smtp::Backend::DataVerdict> Visit::data(const smtp::SessionState& session) {
  if (auto refusal = co_await obey("data")) co_return DataVerdict{refusal, nullptr};
  Inbox::Arrival arrival;
  arrival.session = session.id;
  arrival.sender = session.sender;
  arrival.recipients = session.recipients;
  arrival.protocol = session.extended ? (session.tls ? "ESMTPS" : "ESMTP") : "SMTP";
  arrival.id = static_cast<std::uint32_t>(inbox_.world().random.next());
  TraceHeader header;
  header.helo = session.helo;
  header.peer = fmt::format("{} [{}]", peer_name_, session.peer.address.to_string());
  header.host = inbox_.options().name;
  header.protocol = arrival.protocol;
  header.id = fmt::format("{:08x}", arrival.id);
  header.tls = session.tls_description;
  if (session.recipients.size() == 1) header.recipient = session.recipients.front();
  header.at = inbox_.world().clock.now();
  arrival.text = received(header);
  co_return DataVerdict{
      std::nullopt, std::make_unique<Letterbox>(inbox_, shared_from_this(), std::move(arrival))};
}

awaitable<smtp::Verdict> Visit::starttls(const smtp::SessionState&) {
  co_return co_await obey("starttls");
}

void Visit::secured(const smtp::SessionState&) {
  secured_ = true;
  inbox_.counters().add("smtp.tls");
}

void Visit::disconnected(const smtp::SessionState& session, const std::string& reason) {
  if (secured_) inbox_.counters().add("smtp.tls", -1);
  inbox_.counters().add("smtp.session", -1);
  inbox_.world().journal.info(fmt::format("{} smtp disconnected reason={}", session.id, reason));
}

}  // namespace mxlab::sim
