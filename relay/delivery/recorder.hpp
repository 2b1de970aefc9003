// recorder.hpp - makes outcomes durable, then tells everybody.
//
// Only what the disk holds is counted and logged. While the disk refuses, the envelopes stay in
// flight and the recorder tries again: a delivered message may then be delivered twice after a
// crash, and is never lost.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "relay/delivery/context.hpp"
#include "relay/delivery/verdict.hpp"

namespace mxlab::delivery {

enum class ResultKind { kDelivered, kTemporary, kPermanent, kLoop, kExpired };

/// One envelope's outcome.
struct Result {
  Envelope envelope;
  ResultKind kind = ResultKind::kTemporary;
  queue::Failure failure;    // of a failure; for a delivery the text of the accepting reply
  std::string relay;         // "10.99.0.20 (mail.example.org)" or the domain
  std::string source = "-";  // our address, if there was a connection
  std::string session = std::string(16, '0');  // 16 hex digits; zeros without a session
  bool dsn_passed = false;  // the next hop has taken over the duty to report success
};

class Recorder {
 public:
  /// Told which envelopes are no longer in flight, and when the earliest of what has come of them
  /// (another attempt, a report) must be looked at; nothing when all is over.
  using Released =
      std::function<void(const std::vector<queue::EnvelopeId>&, std::optional<TimePoint> wake)>;
  Recorder(Context& context, Released released)
      : context_(context), released_(std::move(released)) {}

  awaitable<void> record(std::vector<Result> results);
  /// Commits, again and again if need be. Returns the ids of what was added.
  awaitable<std::vector<queue::EnvelopeId>> commit_until_durable(queue::Transaction transaction);
  /// Something may be due at once.
  void release(const std::vector<queue::EnvelopeId>& ids) { released_(ids, TimePoint::min()); }

 private:
  Verdict judge(const Result& result) const;
  void tell(const Result& result, const Verdict& verdict);

  Context& context_;
  Released released_;
};

}  // namespace mxlab::delivery
