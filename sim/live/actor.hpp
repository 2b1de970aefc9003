// actor.hpp - the process that plays an actor: `mxlab actor`, told what to do by the lab.
//
// On standard input come orders, a JSON object a line, each with what to `do`:
//   {"do":"begin","role":"sender",…}   first of all; see begin_order()
//   {"do":"submit","id":3,…}           those with an id are answered
// On standard output go events (control/event_lines), and among them, in order:
//   {"t":…,"kind":"mail",…}            a message has reached a mailbox
//   {"t":…,"kind":"answer","id":3,…}
// At the end of its input, or when told to stop, it ends.
#pragma once
#include <nlohmann/json.hpp>

#include "sim/actors/dialogue.hpp"
#include "sim/actors/station.hpp"
#include "sim/live/machine.hpp"
#include "sim/scenario/scenario.hpp"

namespace mxlab::sim::live {

/// Where a sender keeps its queue from one life to the next.
inline constexpr const char* kSpoolDirectory = "/var/spool/actor";

nlohmann::json begin_order(const scenario::HostSpec& spec, const Machine& machine);
nlohmann::json letter_object(const Letter& letter);
nlohmann::json script_object(const DialogueScript& script);
/// What a "mail" event holds.
nlohmann::json mail_object(const Delivered& mail);
Delivered mail_of_object(const nlohmann::json& object);

}  // namespace mxlab::sim::live
