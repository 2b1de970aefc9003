#include "relay/smtp/server_reception.hpp"

namespace mxlab::smtp {
namespace {

/// How far we follow a body that is too big before we rather close the connection.
constexpr std::uint64_t kMaxRefusedBody = 256 * 1024 * 1024;

Refusal flaw_refusal(BodyFlaw flaw) {
  switch (flaw) {
    case BodyFlaw::kLineTooLong:  // RFC 5321 4.5.3.1.9
      return {Reply(500, "5.6.0", "Line too long"), false};
    case BodyFlaw::kNul:
      return {Reply(550, "5.6.11", "NUL in message"), false};
    case BodyFlaw::kBareLineEnd:  // RFC 5321 2.3.8
    case BodyFlaw::kNone:
      break;
  }
  return {Reply(550, "5.6.11", "Bare CR or LF in message"), false};
}

}  // namespace

Refusal message_too_big(bool disconnect) {
  return {Reply(552, "5.3.4", "Message too big for system"), disconnect};
}

bool Reception::hopeless(std::uint64_t more) const {
  const std::uint64_t most = options_.max_message_size + kMaxRefusedBody;
  return size_ > most || more > most - size_;
}

bool Reception::within_limits() const {
  return size_ <= options_.max_message_size && header_.bytes() <= options_.limits.header_bytes &&
         header_.lines() <= options_.limits.header_lines;
}

awaitable<void> Reception::take(std::string piece, BodyFlaw flaw) try {
  size_ += piece.size();
  if (sink_) header_.feed(piece);
  if (flaw != BodyFlaw::kNone || !within_limits()) sink_.reset();
  if (sink_ && !piece.empty()) co_await sink_->write(std::move(piece));
} catch (const std::exception& error) {
  fault_ = error.what();
  sink_.reset();
}

awaitable<Refusal> Reception::finish(BodyFlaw flaw) try {
  if (size_ > options_.max_message_size) co_return message_too_big(false);
  if (flaw != BodyFlaw::kNone) co_return flaw_refusal(flaw);
  if (!within_limits())
    co_return Refusal{Reply(552, "5.3.4", "Message header too big for system"), false};
  if (!sink_) co_return Refusal{Reply(451, "4.3.0", "Temporary failure, try again later"), false};
  Refusal outcome = co_await sink_->commit();
  sink_.reset();
  co_return outcome;
} catch (const std::exception& error) {
  fault_ = error.what();
  sink_.reset();
  co_return Refusal{Reply(451, "4.3.0", "Temporary failure, try again later"), false};
}

}  // namespace mxlab::smtp
