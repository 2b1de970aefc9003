#include "relay/submission.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "relay/intake.hpp"
#include "relay/smtp/address.hpp"
#include "relay/smtp/ascii.hpp"
#include "relay/smtp/body.hpp"

namespace mxlab::relay {
namespace {

constexpr std::size_t kMaxTargets = 10'000;  // of one message, once aliases are followed
constexpr std::size_t kMaxEnvelopeId = 100;  // RFC 3461 4.4

// --- what is wrong with an envelope --------------------------------------------------------------

/// RFC 3461 4.1: NEVER, or a list of the others.
bool is_notify(std::string_view text) {
  if (smtp::equals_ignoring_case(text, "NEVER")) return true;
  constexpr std::size_t kMostWords = 3;
  for (std::size_t words = 1; words <= kMostWords; ++words) {
    const std::size_t comma = text.find(',');
    const std::string_view word = text.substr(0, comma);
    if (!smtp::equals_ignoring_case(word, "SUCCESS") &&
        !smtp::equals_ignoring_case(word, "FAILURE") && !smtp::equals_ignoring_case(word, "DELAY"))
      return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
  return false;
}

/// RFC 3461 4: xtext; a "+" begins two hexadecimal digits.
bool is_xtext(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] < '!' || text[i] > '~' || text[i] == '=') return false;
    if (text[i] != '+') continue;
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    for (int digit = 0; digit < 2; ++digit)
      if (++i >= text.size() || kDigits.find(text[i]) == std::string_view::npos) return false;
  }
  return true;
}

std::optional<smtp::Reply> refuse_dsn(const SubmissionEnvelope& envelope, bool offered) {
  const bool asked = !envelope.notify.empty() || !envelope.ret.empty() || !envelope.envid.empty();
  if (asked && !offered)
    return smtp::Reply{555, "5.5.4", "Delivery status notifications are not offered here"};
  if (!envelope.notify.empty() && !is_notify(envelope.notify))
    return smtp::Reply{501, "5.5.4", "NOTIFY is never, or a list of success, failure and delay"};
  if (!envelope.ret.empty() && !smtp::equals_ignoring_case(envelope.ret, "FULL") &&
      !smtp::equals_ignoring_case(envelope.ret, "HDRS"))
    return smtp::Reply{501, "5.5.4", "RET is full or hdrs"};
  if (envelope.envid.size() > kMaxEnvelopeId || !is_xtext(envelope.envid))
    return smtp::Reply{501, "5.5.4", "ENVID is at most 100 letters of xtext (RFC 3461)"};
  return std::nullopt;
}

std::optional<smtp::Reply> refuse_address(const std::string& address, const char* enhanced) {
  auto error = smtp::check_mailbox(address, smtp::Charset::kUtf8);
  if (!error) return std::nullopt;
  // The address itself is not echoed: it may hold anything.
  return smtp::Reply{553, enhanced,
                     *error == smtp::PathError::kTooLong ? "An address is too long"
                                                         : "An address is not well-formed"};
}

/// What a session over the network would refuse as well.
std::optional<smtp::Reply> refuse_envelope(const config::Config& config,
                                           const SubmissionEnvelope& envelope) {
  if (envelope.recipients.empty()) return smtp::Reply{554, "5.5.1", "No recipients"};
  if (envelope.recipients.size() > config.max_rcpt)
    return smtp::Reply{452, "4.5.3", "Too many recipients"};
  if (!envelope.sender.empty())
    if (auto refused = refuse_address(envelope.sender, "5.1.7")) return refused;
  for (const std::string& recipient : envelope.recipients)
    if (auto refused = refuse_address(recipient, "5.1.3")) return refused;
  return std::nullopt;
}

// --- the body ------------------------------------------------------------------------------------

/// Where a submitted body goes: line ends of either kind become CRLF, what the network would refuse
/// is refused.
class SubmissionSink final : public smtp::MessageSink {
 public:
  SubmissionSink(delivery::Context& context, std::unique_ptr<IntakeSink> intake,
                 std::uint64_t max_size)
      : context_(context), intake_(std::move(intake)), max_size_(max_size) {
    context_.counters.add("smtp.session");
    context_.counters.add("smtp.session.local");
  }
  ~SubmissionSink() override { context_.counters.add("smtp.session", -1); }

  awaitable<void> write(std::string bytes) override {
    if (refusal_) co_return;
    std::string lines = with_crlf(bytes);
    size_ += lines.size();
    if (size_ > max_size_) refuse({552, "5.3.4", "Message too big for system"});
    if (refusal_ || lines.empty()) co_return;
    co_await intake_->write(std::move(lines));
  }

  awaitable<smtp::Refusal> commit() override {
    if (!refusal_ && (carriage_ || line_length_ > 0)) co_await write("\n");
    if (refusal_) co_return smtp::Refusal{*refusal_, false};
    co_return co_await intake_->commit();
  }

 private:
  void refuse(smtp::Reply reply) {
    refusal_ = std::move(reply);
    intake_.reset();
  }

  // A bare CR or LF may look like an end to some next hop (SMTP smuggling): each becomes a CRLF.
  std::string with_crlf(std::string_view bytes) {
    std::string lines;
    lines.reserve(bytes.size() + bytes.size() / 32 + 2);
    for (char c : bytes) {
      const bool ends_pair = c == '\n' && carriage_;
      if (carriage_ && !ends_pair) end_line(lines);
      carriage_ = c == '\r';
      if (carriage_) continue;
      if (c == '\n') {
        end_line(lines);
        continue;
      }
      lines += c;
      if (c == '\0') refuse({550, "5.6.0", "The message holds a NUL byte"});
      if (++line_length_ > smtp::kMaxTextLine) refuse({550, "5.6.0", "A line is too long"});
      if (refusal_) break;
    }
    return lines;
  }
  void end_line(std::string& lines) {
    lines += "\r\n";
    line_length_ = 0;
  }

  delivery::Context& context_;
  std::unique_ptr<IntakeSink> intake_;  // null once the message has been refused
  std::uint64_t max_size_ = 0, size_ = 0;
  std::size_t line_length_ = 0;
  bool carriage_ = false;  // a CR came last
  std::optional<smtp::Reply> refusal_;
};

// --- the envelope --------------------------------------------------------------------------------

/// One letter while it is taken in.
class Desk {
 public:
  Desk(Reception& reception, SubmissionEnvelope envelope)
      : reception_(reception),
        config_(reception.context.config),
        envelope_(std::move(envelope)),
        listen_(socket_of(*config_)) {
    transaction_.socket = true;
    transaction_.helo = "localhost";
    transaction_.tag = listen_.tag;
  }

  std::optional<smtp::Reply> refuse() {
    qualify();
    if (auto refused = refuse_envelope(*config_, envelope_)) return refused;
    if (auto refused = refuse_dsn(envelope_, !listen_.no_dsn)) return refused;
    transaction_.sender = envelope_.sender;
    using config::Phase;
    for (Phase phase : {Phase::kConnect, Phase::kHelo, Phase::kEhlo, Phase::kMailFrom})
      if (auto refused = filter(phase, envelope_.sender)) return refused;
    transaction_.sender = envelope_.sender;
    for (std::string& recipient : envelope_.recipients)
      if (auto refused = take(recipient)) return refused;
    std::string nothing;
    if (auto refused = filter(Phase::kData, nothing)) return refused;
    return filter(Phase::kCommit, nothing);
  }

  std::unique_ptr<smtp::MessageSink> open() {
    auto& context = reception_.context;
    Intake intake;
    intake.session = delivery::draw_session_id(context.world.random);
    intake.trace.helo = "localhost";
    intake.trace.peer_name = intake.trace.host = context.server_name;
    intake.trace.peer_address = "local";
    intake.trace.protocol = "ESMTPA";
    intake.trace.masked = listen_.mask_source;
    intake.junk = junk_;
    if (envelope_.recipients.size() == 1) intake.trace.recipient = envelope_.recipients.front();
    intake.envelopes = std::move(envelopes_);
    auto sink = std::make_unique<IntakeSink>(context, reception_.scheduler, std::move(intake));
    return std::make_unique<SubmissionSink>(context, std::move(sink), config_->max_message_size);
  }

 private:
  static config::Listen socket_of(const config::Config& config) {
    for (const config::Listen& listen : config.listeners)
      if (listen.socket) return listen;
    return {};
  }

  /// A name without a domain is a user of this host.
  void qualify() {
    auto complete = [&](std::string& address) {
      if (!address.empty() && address.find('@') == std::string::npos)
        address += "@" + reception_.context.server_name;
    };
    complete(envelope_.sender);
    for (std::string& recipient : envelope_.recipients) complete(recipient);
  }

  /// `address` is what a rewriting filter of this phase rewrites.
  std::optional<smtp::Reply> filter(config::Phase phase, std::string& address) {
    const config::Filter* hit = config::apply(listen_.filters, phase, transaction_);
    if (hit == nullptr) return std::nullopt;
    switch (hit->action) {
      case config::FilterAction::kReject:
      case config::FilterAction::kDisconnect:
        return smtp::parse_reply_text(hit->text);
      case config::FilterAction::kRewrite:
        address = hit->text;
        break;
      case config::FilterAction::kJunk:
        junk_ = true;
        break;
      case config::FilterAction::kReport:
      case config::FilterAction::kBypass:
        break;
    }
    return std::nullopt;
  }

  std::optional<smtp::Reply> take(std::string& recipient) {
    transaction_.recipient = recipient;
    if (auto refused = filter(config::Phase::kRcptTo, recipient)) return refused;
    transaction_.recipient = recipient;
    delivery::Directory directory{*config_, *reception_.accounts, reception_.context.server_name,
                                  reception_.context.world.clock.now()};
    auto resolved = delivery::resolve_recipient(directory, transaction_);
    if (auto* reply = std::get_if<smtp::Reply>(&resolved)) return *reply;
    for (const auto& target : std::get<std::vector<delivery::Target>>(resolved))
      envelopes_.push_back(envelope_of(recipient, target));
    if (envelopes_.size() > kMaxTargets) return smtp::Reply{452, "4.5.3", "Too many recipients"};
    return std::nullopt;
  }

  queue::Envelope envelope_of(const std::string& recipient, const delivery::Target& target) const {
    auto is_8bit = [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; };
    queue::Envelope envelope;
    envelope.source = queue::Source::kLocal;
    envelope.authenticated = true;
    envelope.sender = envelope_.sender;
    envelope.recipient = recipient;
    delivery::direct(envelope, target);
    envelope.utf8 = std::any_of(envelope.sender.begin(), envelope.sender.end(), is_8bit) ||
                    std::any_of(recipient.begin(), recipient.end(), is_8bit);
    envelope.tag = listen_.tag;
    envelope.smtp_name = envelope.peer_name = reception_.context.server_name;
    envelope.helo = "localhost";
    envelope.peer_address = "local";
    envelope.dsn = {envelope_.notify, envelope_.ret, envelope_.envid, ""};
    return envelope;
  }

  Reception& reception_;
  std::shared_ptr<const config::Config> config_;
  SubmissionEnvelope envelope_;
  config::Listen listen_;
  config::Transaction transaction_;
  std::vector<queue::Envelope> envelopes_;
  bool junk_ = false;
};

}  // namespace

awaitable<BegunSubmission> begin_submission(Reception& reception, SubmissionEnvelope envelope) {
  Desk desk(reception, std::move(envelope));
  if (auto refused = desk.refuse()) co_return *refused;
  // RFC 1870 6.1: a full disk is said before the body comes, not after.
  if (!co_await reception.context.queue.has_room(0))
    co_return smtp::Reply{452, "4.3.1", "Insufficient system storage, try again later"};
  co_return desk.open();
}

awaitable<smtp::Reply> submit(Reception& reception, Submission submission) try {
  auto begun = co_await begin_submission(
      reception, {std::move(submission.sender), std::move(submission.recipients), "", "", ""});
  if (auto* reply = std::get_if<smtp::Reply>(&begun)) co_return *reply;
  auto sink = std::move(std::get<std::unique_ptr<smtp::MessageSink>>(begun));
  co_await sink->write(std::move(submission.body));
  co_return (co_await sink->commit()).reply;
} catch (const std::system_error& error) {
  reception.context.world.journal.warn(std::string("submission: cannot queue: ") + error.what());
  co_return smtp::Reply{451, "4.3.0", "Cannot store the message, try again later"};
}

}  // namespace mxlab::relay
