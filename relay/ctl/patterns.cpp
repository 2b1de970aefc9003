// patterns.cpp - the table of commands.
#include "relay/ctl/words.hpp"

namespace mxlab::ctl {
namespace {

constexpr Pattern kPatterns[] = {
    {"discover <evpid>", "look again at an envelope in the queue"},
    {"discover <msgid>", "look again at a message in the queue"},
    {"pause mta from <addr> for <str>", "relay nothing from this address of ours to that domain"},
    {"resume mta from <addr> for <str>", "relay there again"},
    {"show mta paused", "what pause mta from … for … has stopped"},
    {"log brief", "log what happens to mail"},
    {"log verbose", "log more"},
    {"monitor", "one line of counters each second; --watch: a page that refreshes itself"},
    {"pause envelope <evpid>", "do not try this envelope, and do not let it expire"},
    {"pause envelope <msgid>", "the same for all envelopes of a message"},
    {"pause envelope all", "the same for the whole queue"},
    {"pause mda", "deliver nothing to local mailboxes"},
    {"pause mta", "relay nothing"},
    {"pause smtp", "accept no connections: clients wait in silence"},
    {"profile <str>", "not supported"},
    {"remove <evpid>", "take this envelope out of the queue; nobody is told"},
    {"remove <msgid>", "take a message out of the queue; nobody is told"},
    {"remove all", "empty the queue; nobody is told"},
    {"resume envelope <evpid>", "try this envelope again"},
    {"resume envelope <msgid>", "the same for all envelopes of a message"},
    {"resume envelope all", "the same for the whole queue"},
    {"resume mda", "deliver to local mailboxes again"},
    {"resume mta", "relay again"},
    {"resume route <routeid>", "free a route from its penalty, see show routes"},
    {"resume smtp", "accept connections again"},
    {"schedule <msgid>", "try a message now"},
    {"schedule <evpid>", "try an envelope now"},
    {"schedule all", "try the whole queue now"},
    {"show envelope <evpid>", "all that is known of an envelope"},
    {"show hoststats", "what each domain answered last"},
    {"show message <msgid>", "a message as it is stored"},
    {"show message <evpid>", "the message of an envelope"},
    {"show queue", "one line for each envelope"},
    {"show queue <msgid>", "the envelopes of a message"},
    {"show hosts", "the hosts in use"},
    {"show relays", "the destinations with work"},
    {"show routes", "the ways to hosts, with their penalties"},
    {"show stats", "every counter"},
    {"show status", "what is paused"},
    {"trace <str>", "log a subsystem in detail"},
    {"unprofile <str>", "not supported"},
    {"untrace <str>", "log that subsystem no more"},
    {"update table <str>", "read a table again"},
    {"encrypt", "the hash of each password on standard input, for tables of log-ins"},
    {"encrypt <str>", "the hash of a password"},
    {"spf walk", "the networks that the SPF records of the domains on standard input name"},
    {"pause smtp refuse", "say 421 to whoever connects: clients turn to the next MX at once"},
    {"why <evpid>", "why an envelope is still here, and what would release it"},
    {"why <msgid>", "why a message is still here"},
    {"reload", "read configuration, tables and certificates again"},
    // As many a tutorial writes it; smtpctl never had it.
    {"enable smtp", "resume smtp", false},
};

}  // namespace

std::span<const Pattern> patterns() { return kPatterns; }

}  // namespace mxlab::ctl
