#include "relay/delivery/lmtp.hpp"

#include <charconv>
#include <fmt/format.h>

#include "relay/smtp/address.hpp"
#include "relay/smtp/client_session.hpp"
#include "relay/smtp/errors.hpp"

namespace mxlab::delivery {
namespace {
using namespace std::chrono_literals;

constexpr Duration kConnectLimit = 30s;  // it is a neighbour

class QueuedBody final : public smtp::BodySource {
 public:
  QueuedBody(queue::Queue& queue, queue::MessageId id) : queue_(queue), id_(id) {}
  awaitable<std::string> next() override { return queue_.read_chunk(id_, number_++); }

 private:
  queue::Queue& queue_;
  queue::MessageId id_;
  std::uint32_t number_ = 0;
};

/// One message on its way to one server.
class LmtpDelivery {
 public:
  LmtpDelivery(Context& context, config::Action action, std::vector<Envelope> envelopes)
      : context_(context),
        action_(std::move(action)),
        envelopes_(std::move(envelopes)),
        session_(draw_session_id(context.world.random)) {}

  awaitable<std::vector<Result>> run() {
    const auto id = envelopes_.front().id.message();
    const std::uint64_t size = co_await context_.queue.message_size(id);
    auto stream = co_await connect();
    if (!stream) co_return all_failed();
    smtp::ClientSession client(context_.world, std::move(stream), options());
    if (auto refused = co_await client.start()) {
      trouble_ = refused->reason;
      co_return all_failed();
    }
    QueuedBody body(context_.queue, id);
    auto outcomes = co_await client.send(message(size), body);
    co_await client.quit();
    std::vector<Result> results;
    for (std::size_t i = 0; i < envelopes_.size(); ++i)
      results.push_back(judge(std::move(envelopes_[i]), outcomes.at(i)));
    co_return results;
  }

 private:
  /// Null when nobody is there; trouble_ says why.
  awaitable<std::unique_ptr<world::Stream>> connect() {
    auto server = parse_lmtp_server(action_.lmtp);
    if (!server) {
      trouble_ = "neither a socket's path nor host:port";
      co_return nullptr;
    }
    if (!server->path.empty()) co_return co_await connect_local(server->path);
    for (const world::Address& address : co_await addresses(server->host))
      if (auto stream = co_await connect_to({address, server->port})) co_return stream;
    co_return nullptr;
  }

  awaitable<std::unique_ptr<world::Stream>> connect_local(std::string path) try {
    co_return co_await context_.world.network.connect_local(path);
  } catch (const std::system_error& error) {
    trouble_ = smtp::describe(error.code());
    co_return nullptr;
  }

  awaitable<std::unique_ptr<world::Stream>> connect_to(world::Endpoint peer) try {
    co_return co_await smtp::connect_within(context_.world, peer, kConnectLimit);
  } catch (const std::system_error& error) {
    trouble_ = smtp::describe(error.code());
    co_return nullptr;
  }

  awaitable<std::vector<world::Address>> addresses(std::string host) {
    std::error_code error;
    auto literal = asio::ip::make_address(host, error);
    if (!error) co_return std::vector{literal};
    // RFC 6761 6.3: localhost is the loopback, whatever a name server says.
    if (smtp::same_domain(host, "localhost"))
      co_return std::vector<world::Address>{asio::ip::address_v4::loopback(),
                                            asio::ip::address_v6::loopback()};
    auto answer = co_await context_.resolver.addresses(host);
    trouble_ = "no address for " + host;
    co_return answer.addresses;
  }

  smtp::ClientOptions options() const {
    smtp::ClientOptions options;
    options.helo = context_.server_name;
    options.session = session_;
    options.protocol = smtp::ClientProtocol::kLmtp;
    return options;
  }

  // RFC 3461 is not passed on: this is the final delivery, and the report of it is ours.
  smtp::OutgoingMessage message(std::uint64_t size) const {
    smtp::OutgoingMessage message;
    message.sender = envelopes_.front().sender;
    message.size = size;
    message.body_8bit = true;
    message.utf8 = envelopes_.front().utf8;
    for (const Envelope& envelope : envelopes_)
      message.recipients.emplace_back(
          action_.lmtp_recipient || envelope.user.empty() ? envelope.destination : envelope.user);
    return message;
  }

  Result judge(Envelope envelope, const smtp::Outcome& outcome) const {
    Result result = result_of(std::move(envelope));
    result.failure = {outcome.reason, outcome.reply.enhanced,
                      outcome.reply.code == 0 ? std::string() : action_.lmtp};
    if (outcome.kind == smtp::OutcomeKind::kDelivered)
      result.kind = ResultKind::kDelivered;
    else if (outcome.kind == smtp::OutcomeKind::kPermanent)
      result.kind = ResultKind::kPermanent;
    return result;
  }

  std::vector<Result> all_failed() {
    std::vector<Result> results;
    for (Envelope& envelope : envelopes_) {
      results.push_back(result_of(std::move(envelope)));
      results.back().failure = {
          fmt::format("LMTP server {} takes no mail: {}", action_.lmtp, trouble_), "4.4.1", {}};
    }
    return results;
  }

  Result result_of(Envelope envelope) const {
    Result result;
    result.envelope = std::move(envelope);
    result.kind = ResultKind::kTemporary;
    result.relay = action_.lmtp;
    result.source = "-";
    result.session = session_;
    return result;
  }

  Context& context_;
  config::Action action_;
  std::vector<Envelope> envelopes_;
  std::string session_;
  std::string trouble_;
};

}  // namespace

std::optional<LmtpServer> parse_lmtp_server(std::string_view text) {
  if (text.starts_with('/')) return LmtpServer{std::string(text), "", 0};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  LmtpServer server{"", std::string(host), 0};
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data() + colon + 1, end, server.port);
  if (error != std::errc{} || at != end || server.port == 0 || server.host.empty())
    return std::nullopt;
  return server;
}

awaitable<std::vector<Result>> deliver_by_lmtp(Context& context, config::Action action,
                                               std::vector<Envelope> envelopes) {
  LmtpDelivery delivery(context, std::move(action), std::move(envelopes));
  co_return co_await delivery.run();
}

}  // namespace mxlab::delivery
