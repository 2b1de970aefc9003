// sim_retransmit.cpp - segments that find no way, as Linux repeats them (tcp_retries2 = 15).
#include <algorithm>
#include <asio/error.hpp>
#include <utility>

#include "sim/world/simulation.hpp"
#include "sim/world/sockets.hpp"

namespace mxlab::sim {

namespace {
constexpr Duration kFirstTimeout = std::chrono::milliseconds(200);
constexpr Duration kLongestTimeout = std::chrono::seconds(120);
/// 0.2 + 0.4 + … + 102.4 s, then six times 120 s: the connection fails after 924.6 s.
constexpr int kMaxTries = 15;

Duration timeout_after(int tries) {
  constexpr int kDoublings = 10;  // more would be longer than the longest
  return std::min(kLongestTimeout, kFirstTimeout * (1 << std::min(tries, kDoublings)));
}

void give_up(TcpEnd& end) {
  bool icmp = end.again.cause == Verdict::kUnreachable || end.again.cause == Verdict::kProhibit;
  break_end(end,
            icmp ? error_code(asio::error::host_unreachable) : error_code(asio::error::timed_out));
}

void retry(const TcpRef& from);

void start_timer(const TcpRef& from) {
  Simulation& simulation = from->host->simulation;
  from->again.timer = simulation.timeline().add(simulation.now() + timeout_after(from->again.tries),
                                                Timeline::kNobody, Action([from] { retry(from); }));
}

/// Sends what waits. What comes back decides whether the end goes on waiting for an answer.
void flush(const TcpRef& from) {
  auto waiting = std::exchange(from->again.waiting, {});
  bool ask = std::exchange(from->again.unacknowledged, false);
  from->again.tries = 0;
  for (Segment& segment : waiting) fly(from, std::move(segment));
  if (ask) fly(from, {Segment::Kind::kProbe, ++from->sequence, {}});
}

bool answer_can_come(const TcpEnd& from) {
  const TcpEnd& to = *from.other;
  return from.host->simulation.verdict(*to.host, from.host, from.local.port, to.local.port) ==
         Verdict::kPass;
}

void retry(const TcpRef& from) {
  Retransmission& again = from->again;
  again.timer = 0;
  bool needed = !again.waiting.empty() || again.unacknowledged;
  if (!needed || !from->alive() || from->host->doomed() || from->broken) return;
  const TcpEnd& to = *from->other;
  Verdict verdict =
      from->host->simulation.verdict(*from->host, to.host, to.local.port, from->local.port);
  if (verdict == Verdict::kReject) return break_end(*from, asio::error::connection_reset);
  if (verdict == Verdict::kPass && (answer_can_come(*from) || !again.waiting.empty())) {
    int tries = again.tries;
    flush(from);
    // An answer that still cannot come does not start the count anew.
    if (again.unacknowledged) again.tries = tries;
    if (again.timer != 0 || !again.unacknowledged) return;
  }
  if (verdict != Verdict::kPass) again.cause = verdict;
  if (++again.tries > kMaxTries) return give_up(*from);
  start_timer(from);
}
}  // namespace

void stall(const TcpRef& from, Segment segment, Verdict cause) {
  if (!from->alive() || from->broken) return;
  Retransmission& again = from->again;
  from->host->simulation.trace().record(
      from->host->index, EventKind::kStalled,
      {from->local, from->other->local, from->connection, segment.bytes}, to_string(cause));
  auto place =
      std::upper_bound(again.waiting.begin(), again.waiting.end(), segment,
                       [](const Segment& a, const Segment& b) { return a.sequence < b.sequence; });
  again.waiting.insert(place, std::move(segment));
  again.cause = cause;
  if (again.timer == 0) again.tries = 0, start_timer(from);
}

void expect_acknowledgement(const TcpRef& from) {
  from->again.unacknowledged = true;
  if (from->again.waiting.empty()) from->again.cause = Verdict::kDrop;
  if (from->again.timer == 0) start_timer(from);
}

}  // namespace mxlab::sim
