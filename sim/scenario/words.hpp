// words.hpp - every word of the scenario language, in one place.
//
// The reader accepts exactly these, the hints list them, and a test holds scenarios/schema.json
// against them. What a word means is told by the schema and by the reader's function for it.
#pragma once
#include <array>
#include <span>
#include <string>
#include <string_view>

namespace mxlab::scenario::words {

using List = std::span<const std::string_view>;

inline constexpr auto kScenario = std::to_array<std::string_view>(
    {"name", "group", "explain", "learn", "seed", "dns", "hosts", "network", "steps", "always",
     "never", "heal", "judge", "live"});
inline constexpr auto kGroups = std::to_array<std::string_view>({"tutorial", "useful", "weird"});
inline constexpr auto kNever = std::to_array<std::string_view>(
    {"bounce", "expire", "delivered twice", "loop", "temporary failure"});

inline constexpr auto kHost =
    std::to_array<std::string_view>({"is", "kind", "like", "address", "config", "files", "tls",
                                     "reverse name", "keepalive", "starts", "restarts"});
inline constexpr auto kRoles =
    std::to_array<std::string_view>({"sender", "primary", "relay", "client"});
/// In the order of Kind.
inline constexpr auto kKinds =
    std::to_array<std::string_view>({"actor", "mxrelayd", "opensmtpd", "postfix", "exim"});
inline constexpr auto kLive =
    std::to_array<std::string_view>({"skip", "tolerance", "config", "speed", "differs"});
/// What mxlab compare compares, and a live run may differ in.
inline constexpr auto kAspects =
    std::to_array<std::string_view>({"counters", "dialogues", "questions"});
inline constexpr auto kProfiles = std::to_array<std::string_view>({"opensmtpd"});
inline constexpr auto kNetwork =
    std::to_array<std::string_view>({"latency", "rate", "lose datagrams", "duplicate datagrams",
                                     "lose connections", "disk latency", "split writes"});
inline constexpr auto kRecordTypes = std::to_array<std::string_view>(
    {"A", "AAAA", "MX", "CNAME", "NS", "PTR", "TXT", "SRV", "SOA", "TLSA"});

/// The words of a step that are not actions.
inline constexpr auto kStep = std::to_array<std::string_view>(
    {"at", "after", "when", "within", "stays", "since", "name", "explain", "expect"});
inline constexpr auto kActions = std::to_array<std::string_view>(
    {"send", "answer", "slow", "dns", "lie", "disk", "clock", "dialogue", "note"});
/// In the order of HostVerb.
inline constexpr auto kVerbs = std::to_array<std::string_view>(
    {"pause", "resume", "stop", "start", "restart", "kill", "crash", "blackhole", "reject",
     "prohibit", "unreachable", "heal", "schedule", "full", "empty"});

inline constexpr auto kSend = std::to_array<std::string_view>(
    {"from", "to", "via", "subject", "body", "headers", "size", "count", "every"});
/// In the order of Mark.
inline constexpr auto kMarks = std::to_array<std::string_view>(
    {"accepted", "answered", "attempt", "delivered", "deferred", "refused", "expired", "reported"});
inline constexpr auto kJudges = std::to_array<std::string_view>({"everything", "invariants"});
inline constexpr auto kParts = std::to_array<std::string_view>({"smtp", "mta", "mda"});
inline constexpr auto kFault = std::to_array<std::string_view>({"to", "from"});
inline constexpr auto kPoints = std::to_array<std::string_view>(
    {"connect", "ehlo", "helo", "starttls", "mail", "rcpt", "data", "dot"});
inline constexpr auto kReplies =
    std::to_array<std::string_view>({"close", "lose", "silence", "normal"});
/// Of an answer that has a limit.
inline constexpr auto kAnswer =
    std::to_array<std::string_view>({"reply", "times", "beyond", "within"});
inline constexpr auto kLies =
    std::to_array<std::string_view>({"servfail", "refused", "silence", "wrong-id", "malformed",
                                     "truncated", "empty", "delay", "truth"});
inline constexpr auto kDisk = std::to_array<std::string_view>({"error", "calls"});
inline constexpr auto kDiskErrors = std::to_array<std::string_view>({"EIO", "ENOSPC"});
inline constexpr auto kDialogue =
    std::to_array<std::string_view>({"from", "to", "port", "say", "hear"});

/// The thirteen of smtpctl monitor, in its order.
inline constexpr auto kCounters = std::to_array<std::string_view>(
    {"client.curr", "client.conn", "client.disc", "envelope.curr", "envelope.enq", "envelope.deq",
     "ok", "tmpfail", "prmfail", "loop", "expire", "remove", "bounce"});
/// What else may be expected of a host; `client` and `envelope` hold counters.
inline constexpr auto kExpectations = std::to_array<std::string_view>(
    {"client", "envelope", "queue", "mailbox", "monitor", "asked", "attempts", "log", "log lacks"});
inline constexpr auto kQueueRow = std::to_array<std::string_view>(
    {"kind", "from", "to", "state", "flags", "source", "retry", "seconds", "error"});
inline constexpr auto kQueueKinds = std::to_array<std::string_view>({"mta", "mda", "bounce"});
inline constexpr auto kQueueStates =
    std::to_array<std::string_view>({"pending", "inflight", "offline"});
inline constexpr auto kQueueSources = std::to_array<std::string_view>({"local", "inet4", "inet6"});
inline constexpr auto kMessage = std::to_array<std::string_view>(
    {"from", "subject", "contains", "lacks", "received", "headers"});
inline constexpr auto kAttempts = std::to_array<std::string_view>({"at", "tolerance"});

/// Where a word stands in a list; the list's size when it does not.
std::size_t index_of(std::string_view word, List list);
inline bool contains(List list, std::string_view word) {
  return index_of(word, list) < list.size();
}

/// The word that somebody probably meant; empty when none is near.
std::string_view nearest(std::string_view word, List list);

/// "did you mean "steps"? Known here: name, steps", for the hint of a message.
std::string suggestion(std::string_view word, List list);

}  // namespace mxlab::scenario::words
