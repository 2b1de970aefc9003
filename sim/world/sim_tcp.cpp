// sim_tcp.cpp - segments: sent, arrived, read.
#include <algorithm>
#include <asio/error.hpp>
#include <cstring>
#include <utility>

#include "sim/world/simulation.hpp"
#include "sim/world/sockets.hpp"

namespace mxlab::sim {

namespace {
std::uint64_t key_of(const TcpEnd& end) { return end.connection << 1 | (end.server ? 1 : 0); }

void record(const TcpEnd& at, EventKind kind, const TcpEnd& sender, std::string_view payload = {}) {
  at.host->simulation.trace().record(at.host->index, kind,
                                     {sender.local, sender.other->local, at.connection, payload});
}

void finish_read(TcpEnd& end, error_code error, std::size_t bytes) {
  end.host->post(std::move(end.reader), error, bytes);
}
void finish_write(TcpEnd& end, error_code error, std::size_t bytes) {
  end.host->post(std::move(end.writer), error, bytes);
}

/// What the process has read opens the window; a writer that waits for it hears one latency later.
void open_window(TcpEnd& reader, std::size_t bytes) {
  TcpEnd& writer = *reader.other;
  writer.outstanding -= std::min(bytes, writer.outstanding);
  if (!writer.writer || writer.window_update_flies) return;
  writer.window_update_flies = true;
  auto connection = reader.host->sockets->connections.find(key_of(reader));
  if (connection == reader.host->sockets->connections.end()) return;
  Simulation& simulation = reader.host->simulation;
  TcpRef to = other_end(connection->second);
  TimePoint when = simulation.wires().arrival(*reader.host, *writer.host, 0, simulation.now());
  simulation.timeline().add(when, Timeline::kNobody, Action([to] {
                              to->window_update_flies = false;
                              to->host->simulation.count_packet();
                              try_write(to);
                            }));
}

void take_data(TcpEnd& to, std::string bytes) {
  record(to, EventKind::kData, *to.other, bytes);
  if (to.inbox.empty())
    to.inbox = std::move(bytes);
  else
    to.inbox += bytes;
  try_read(to);
}

void take_reset(TcpEnd& to) {
  to.host->simulation.count_packet();
  if (!to.alive()) return;
  record(to, EventKind::kReset, *to.other);
  // After the peer's FIN, Linux says EPIPE.
  break_end(to, to.fin_arrived ? error_code(asio::error::broken_pipe)
                               : error_code(asio::error::connection_reset));
}

void take(const TcpRef& to, Segment segment) {
  switch (segment.kind) {
    case Segment::Kind::kEstablished:
      return establish(to);
    case Segment::Kind::kData:
      if (!to->attached) return send_reset(to);
      return take_data(*to, std::move(segment.bytes));
    case Segment::Kind::kFin:
      record(*to, EventKind::kFin, *to->other);
      to->fin_arrived = true;
      return try_read(*to);
    case Segment::Kind::kProbe:
      if (!to->attached) send_reset(to);
  }
}

void arrive(const TcpRef& to, Segment segment) {
  to->host->simulation.count_packet();
  if (!to->host->powered)
    stall(other_end(to), std::move(segment), Verdict::kUnreachable);
  else if (!to->alive())
    send_reset(to);  // a kernel that has booted since knows nothing of it
  else if (!to->broken)
    take(to, std::move(segment));
  else if (segment.kind == Segment::Kind::kData)
    send_reset(to);
}
}  // namespace

TcpRef other_end(const TcpRef& end) { return TcpRef(end, end->other); }

void attach(const TcpRef& end) {
  end->attached = true;
  end->host->sockets->connections.emplace(key_of(*end), end);
}

void detach(TcpEnd& end) {
  end.attached = false;
  end.host->sockets->connections.erase(key_of(end));
}

void transmit(const TcpRef& from, Segment::Kind kind, std::string bytes) {
  if (from->host->doomed() || from->broken) return;
  Segment segment{kind, ++from->sequence, std::move(bytes)};
  Simulation& simulation = from->host->simulation;
  const TcpEnd& to = *from->other;
  Verdict verdict = from->again.waiting.empty()
                        ? simulation.verdict(*from->host, to.host, to.local.port, from->local.port)
                        : from->again.cause;
  if (verdict == Verdict::kReject) return break_end(*from, asio::error::connection_reset);
  if (verdict != Verdict::kPass) return stall(from, std::move(segment), verdict);
  if (!from->peer_process && from->host->simulation.wires().rng().chance(
                                 simulation.wires().quality(*from->host, *to.host).reset)) {
    send_reset(from);
    return break_end(*from, asio::error::connection_reset);
  }
  fly(from, std::move(segment));
}

void fly(const TcpRef& from, Segment segment) {
  Simulation& simulation = from->host->simulation;
  TcpRef to = other_end(from);
  TimePoint when = simulation.wires().certain_arrival(*from->host, *to->host, segment.bytes.size(),
                                                      simulation.now());
  from->last_arrival = std::max(from->last_arrival, when);
  auto land = [to, s = std::move(segment)]() mutable { arrive(to, std::move(s)); };
  simulation.timeline().add(from->last_arrival, Timeline::kNobody, Action(std::move(land)));
  if (simulation.verdict(*to->host, from->host, from->local.port, to->local.port) != Verdict::kPass)
    expect_acknowledgement(from);
}

void send_reset(const TcpRef& from) {
  if (from->host->doomed()) return;
  Simulation& simulation = from->host->simulation;
  TcpRef to = other_end(from);
  if (simulation.verdict(*from->host, to->host, to->local.port, from->local.port) != Verdict::kPass)
    return;
  TimePoint when = simulation.wires().arrival(*from->host, *to->host, 0, simulation.now());
  from->last_arrival = std::max(from->last_arrival, when);
  simulation.timeline().add(from->last_arrival, Timeline::kNobody,
                            Action([to] { take_reset(*to); }));
}

// An owner by value: detach() may drop the last other one.
void close_end(TcpRef end, bool silently) {
  if (!end->attached) return;
  detach(*end);
  abort_operations(*end);
  if (silently || end->broken) return;
  if (end->unread()) {
    send_reset(end);
    end->broken = asio::error::connection_reset;
  } else {
    transmit(end, Segment::Kind::kFin);
  }
}

void abort_operations(TcpEnd& end) {
  if (end.reader) finish_read(end, asio::error::operation_aborted, 0);
  if (end.writer) finish_write(end, asio::error::operation_aborted, 0);
}

void break_end(TcpEnd& end, error_code error) {
  if (end.broken) return;
  end.broken = error;
  end.again.waiting.clear();
  end.again.unacknowledged = false;
  end.place.reset();
  try_read(end);
  if (end.writer) finish_write(end, error, 0);
}

void try_read(TcpEnd& end) {
  if (!end.reader) return;
  if (end.unread()) {
    std::size_t n = std::min(end.want.size(), end.inbox.size() - end.taken);
    std::memcpy(end.want.data(), end.inbox.data() + end.taken, n);
    end.taken += n;
    if (!end.unread()) end.inbox.clear(), end.taken = 0;
    finish_read(end, {}, n);
    open_window(end, n);
  } else if (end.fin_arrived) {
    finish_read(end, asio::error::eof, 0);
  } else if (end.broken) {
    finish_read(end, end.broken, 0);
  }
}

void try_write(const TcpRef& end) {
  if (!end->writer) return;
  if (end->broken) return finish_write(*end, end->broken, 0);
  std::size_t room = TcpEnd::kWindow - std::min(end->outstanding, TcpEnd::kWindow);
  std::size_t n = std::min(end->offer.size(), room);
  if (n == 0) return;
  Wires& wires = end->host->simulation.wires();
  if (n > 1 && wires.rng().chance(wires.quality(*end->host, *end->other->host).split))
    n = 1 + wires.rng().below(n);
  end->outstanding += n;
  transmit(end, Segment::Kind::kData, std::string(static_cast<const char*>(end->offer.data()), n));
  if (end->writer) finish_write(*end, {}, n);
}

}  // namespace mxlab::sim
