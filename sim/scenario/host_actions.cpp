// host_actions.cpp - the verbs that hosts and the network around them obey, and what actors answer.
#include <algorithm>
#include <fmt/format.h>

#include "sim/scenario/actions.hpp"

namespace mxlab::scenario {

namespace {

bool is_network_fault(HostVerb verb) {
  return verb == HostVerb::kBlackhole || verb == HostVerb::kReject || verb == HostVerb::kProhibit ||
         verb == HostVerb::kUnreachable || verb == HostVerb::kHeal;
}

bool is_pause(HostVerb verb) { return verb == HostVerb::kPause || verb == HostVerb::kResume; }

bool is_violent(HostVerb verb) { return verb == HostVerb::kKill || verb == HostVerb::kCrash; }

void check_ability(Reading& reading, const Named& named, HostVerb verb) {
  if (is_network_fault(verb)) {
    known_host(reading, named.host, named.place);
  } else if (verb == HostVerb::kSchedule) {
    want_role(reading, named, {Role::kRelay, Role::kSender}, "has a queue to schedule");
  } else if (verb == HostVerb::kFull || verb == HostVerb::kEmpty) {
    want_role(reading, named, {Role::kRelay, Role::kPrimary}, "has a disk that can be full");
  } else {
    want_role(reading, named, {Role::kRelay, Role::kPrimary, Role::kSender},
              "is a mail server that can do this");
  }
}

/// {to: host, from: host}.
void read_directed(Reading& reading, const Entry& entry, HostAction action,
                   std::vector<Action>& out) {
  const Fields fields(reading, *entry.value, words::kFault, "a network fault");
  const Node* to = fields.find("to");
  if (to == nullptr) {
    reading.errors.add(entry.key->place, "to whom?", "say {to: HOST, from: HOST}");
  } else if (read_text(reading, *to, action.host)) {
    known_host(reading, action.host, to->place);
  }
  if (const Node* from = fields.find("from")) {
    if (read_text(reading, *from, action.from)) known_host(reading, action.from, from->place);
  }
  out.push_back({action, entry.key->place});
}

/// {host: mta}.
void read_part(Reading& reading, const Node& node, HostAction action, std::vector<Action>& out) {
  for (const Entry& item : node.entries) {
    action.host = item.key->text;
    check_ability(reading, {action.host, item.key->place}, action.verb);
    if (read_word(reading, *item.value, words::kParts, "part of a mail server")) {
      action.what = item.value->text;
    }
    out.push_back({action, item.key->place});
  }
}

/// {host: attempt}.
void read_strike(Reading& reading, const Node& node, HostVerb verb, std::vector<Action>& out) {
  for (const Entry& item : node.entries) {
    want_role(reading, {item.key->text, item.key->place}, {Role::kRelay}, "says what it does");
    if (!read_word(reading, *item.value, words::kMarks, "moment of a relay's work")) continue;
    const auto mark = static_cast<Mark>(words::index_of(item.value->text, words::kMarks));
    out.push_back({Strike{verb, item.key->text, mark}, item.key->place});
  }
}

void read_host_action(Reading& reading, const Entry& entry, HostAction action,
                      std::vector<Action>& out) {
  const Node& node = *entry.value;
  if (node.is_map() && is_network_fault(action.verb)) {
    read_directed(reading, entry, action, out);
  } else if (node.is_map() && is_pause(action.verb)) {
    read_part(reading, node, action, out);
  } else if (node.is_map() && is_violent(action.verb)) {
    read_strike(reading, node, action.verb, out);
  } else if (read_text(reading, node, action.host)) {
    check_ability(reading, {action.host, node.place}, action.verb);
    out.push_back({action, node.place});
  }
}

/// "rcpt" or "rcpt nobody@example.org".
bool read_point(Reading& reading, const Node& node, Answer& answer) {
  const std::size_t blank = node.text.find(' ');
  answer.at = node.text.substr(0, blank);
  answer.to = blank == std::string::npos ? "" : trim(node.text.substr(blank));
  if (!words::contains(words::kPoints, answer.at)) {
    reading.errors.add(node.place, fmt::format("unknown point of the dialogue \"{}\"", answer.at),
                       words::suggestion(answer.at, words::kPoints));
    return false;
  }
  if (!answer.to.empty() && (answer.at != "rcpt" || !is_mailbox(answer.to))) {
    reading.errors.add(node.place, fmt::format("\"{}\" is no point of the dialogue", node.text),
                       "only rcpt can be followed by an address: rcpt nobody@example.org");
    return false;
  }
  return true;
}

bool read_reply(Reading& reading, const Node& node, std::string& out) {
  if (!read_text(reading, node, out)) return false;
  if (words::contains(words::kReplies, out) || is_reply(out)) return true;
  reading.errors.add(
      node.place, fmt::format("\"{}\" is not an answer", out),
      "answers are a reply such as \"451 4.3.0 later\", or close, lose, silence, normal");
  return false;
}

/// {reply: "451 4.7.1 later", times: 2}, {reply: "450 too fast", beyond: 5, within: 1m}.
bool read_limited_reply(Reading& reading, const Node& node, Answer& answer) {
  constexpr std::uint64_t kMost = 100'000;
  const Fields fields(reading, node, words::kAnswer, "an answer");
  const Node* reply = fields.find("reply");
  if (reply == nullptr) {
    if (fields.is_missing("reply"))
      reading.errors.add(node.place, "an answer without a reply",
                         "say {reply: \"451 4.7.1 later\", times: 2}");
    return false;
  }
  std::uint64_t times = 0, beyond = 0;
  if (const Node* value = fields.find("times"))
    if (!read_number(reading, *value, {1, kMost}, times)) return false;
  const Node* limit = fields.find("beyond");
  const Node* within = fields.find("within");
  if ((limit == nullptr) != (within == nullptr)) {
    reading.errors.add((limit != nullptr ? limit : within)->place, "half of a rate limit",
                       "say both: beyond: 5, within: 1m");
    return false;
  }
  if (limit != nullptr && !(read_number(reading, *limit, {1, kMost}, beyond) &&
                            read_duration(reading, *within, answer.limit.within)))
    return false;
  answer.limit.times = static_cast<std::uint32_t>(times);
  answer.limit.beyond = static_cast<std::uint32_t>(beyond);
  return read_reply(reading, *reply, answer.reply);
}

void answer_normally(const Entry& host, std::vector<Action>& out) {
  for (const auto point : words::kPoints) {
    out.push_back({Answer{host.key->text, std::string(point), "normal", {}, {}}, host.key->place});
  }
}

}  // namespace

void read_answers(Reading& reading, const Entry& entry, std::vector<Action>& out) {
  if (!want_map(reading, *entry.value, "a map of hosts and what they answer")) return;
  for (const Entry& host : entry.value->entries) {
    want_role(reading, {host.key->text, host.key->place}, {Role::kPrimary},
              "can be told what to answer");
    if (host.value->is_text() && host.value->text == "normal") {
      answer_normally(host, out);
      continue;
    }
    if (!want_map(reading, *host.value, "a map such as rcpt: \"451 4.3.0 later\", or normal")) {
      continue;
    }
    for (const Entry& point : host.value->entries) {
      Answer answer;
      answer.host = host.key->text;
      const bool is_point = read_point(reading, *point.key, answer);
      const bool has_reply = point.value->is_map()
                                 ? read_limited_reply(reading, *point.value, answer)
                                 : read_reply(reading, *point.value, answer.reply);
      if (is_point && has_reply) out.push_back({answer, point.key->place});
    }
  }
}

void read_host_actions(Reading& reading, const Entry& entry, HostVerb verb,
                       std::vector<Action>& out) {
  HostAction action;
  action.verb = verb;
  for (const Node* node : one_or_more(reading, *entry.value, "hosts")) {
    read_host_action(reading, {entry.key, node}, action, out);
  }
}

}  // namespace mxlab::scenario
