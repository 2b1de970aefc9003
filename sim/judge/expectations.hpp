// expectations.hpp - holds what a scenario expects of a host against what it shows.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "sim/judge/chronicle.hpp"
#include "sim/judge/mail.hpp"
#include "sim/scenario/scenario.hpp"

namespace mxlab::sim {

using world::Duration;

/// A promise that does not hold.
struct Broken {
  scenario::Place place;
  std::string host;
  std::string what;  // "envelope.curr", "queue row 1", "mailbox someone@example.org"
  std::string expected, actual;
};

/// What the judge may look at, at one instant.
struct View {
  const HostChronicle& host;
  TimePoint start;  // of the scenario
  TimePoint now;
  TimePoint since;                      // "+1" counts from here
  std::vector<control::QueueRow> rows;  // show queue; asked only when expected
  const std::vector<Delivered>& mail;   // all that reached this host's mailboxes
  Duration tolerance{};                 // how far times may be off, beside what is expected
};

/// True when judging needs View::rows.
bool asks_for_rows(const scenario::HostExpectation& expectation);

/// Everything that does not hold; empty when all does.
std::vector<Broken> judge(const scenario::HostExpectation& expectation, const View& view);

}  // namespace mxlab::sim
