// actions.cpp - what a step does, except for the verbs that a host obeys (host_actions.cpp).
#include "sim/scenario/actions.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace mxlab::scenario {

namespace {

constexpr std::uint64_t kMaxSize = 100 * 1024 * 1024;
constexpr std::uint64_t kMaxCount = 100'000;
constexpr std::size_t kMaxLines = 10'000;

// --- send ----------------------------------------------------------------------------------------

bool read_mailbox(Reading& reading, const Node& node, std::string& out) {
  std::string text;
  if (!read_text(reading, node, text)) return false;
  if (!is_mailbox(text)) {
    reading.errors.add(node.place, fmt::format("\"{}\" is not a mail address", text),
                       "an address is written someone@example.org");
    return false;
  }
  out = text;
  return true;
}

/// The host that sends: the one named, or the only sender of the scenario.
void read_via(Reading& reading, const Entry& entry, const Node* via, Send& send) {
  if (via != nullptr) {
    if (!read_text(reading, *via, send.via)) return;
    // A relay sends the mail of its own users, as sendmail does there.
    want_role(reading, {send.via, via->place}, {Role::kSender, Role::kRelay},
              "sends mail of its own accord");
    return;
  }
  const auto& hosts = reading.scenario.hosts;
  const auto is_sender = [](const HostSpec& host) { return host.role == Role::kSender; };
  const auto senders = std::count_if(hosts.begin(), hosts.end(), is_sender);
  if (senders == 1 || hosts.empty()) return;
  reading.errors.add(entry.key->place,
                     senders == 0 ? "no host is a sender" : "which of the senders sends?",
                     senders == 0 ? "give one of the hosts is: sender" : "say via: HOST");
}

void read_headers(Reading& reading, const Node& node, Send& send) {
  if (!want_map(reading, node, "a map of header names and values")) return;
  for (const Entry& entry : node.entries) {
    std::string value;
    if (!read_text(reading, *entry.value, value)) continue;
    const auto& name = entry.key->text;
    const bool printable = std::all_of(name.begin(), name.end(),
                                       [](char c) { return c > ' ' && c < 0x7F && c != ':'; });
    if (printable && !name.empty()) {
      send.headers.emplace_back(name, value);
    } else {
      reading.errors.add(entry.key->place, fmt::format("\"{}\" is not a header's name", name));
    }
  }
}

void read_recipients(Reading& reading, const Node& node, Send& send) {
  const auto recipients = one_or_more(reading, node, "recipients");
  if (recipients.size() > kMaxRecipients) {
    reading.errors.add(node.place, fmt::format("more than {} recipients", kMaxRecipients));
    return;
  }
  for (const Node* item : recipients) {
    std::string mailbox;
    if (read_mailbox(reading, *item, mailbox)) send.to.push_back(mailbox);
  }
}

void read_amounts(Reading& reading, const Fields& fields, Send& send) {
  if (const auto* size = fields.find("size")) {
    std::string text;
    if (read_text(reading, *size, text)) {
      const auto bytes = parse_size(text);
      if (bytes && *bytes <= kMaxSize) {
        send.size = *bytes;
      } else {
        reading.errors.add(size->place, fmt::format("\"{}\" is not a size", text),
                           "sizes are written 512, 10k or 35m, at most 100m");
      }
    }
  }
  if (const auto* count = fields.find("count")) {
    std::uint64_t number = send.count;
    read_number(reading, *count, {1, kMaxCount}, number);
    send.count = static_cast<std::uint32_t>(number);
  }
  if (const auto* every = fields.find("every")) {
    read_duration(reading, *every, send.every);
    if (fields.find("count") == nullptr) {
      reading.errors.add(every->place, "\"every\" without a count", "say count: 10 as well");
    }
  }
}

void read_send(Reading& reading, const Entry& entry, const Node& node, std::vector<Action>& out) {
  const Fields fields(reading, node, words::kSend, "a mail to send");
  if (!fields.is_map()) return;
  Send send;
  if (const auto* from = fields.find("from"); from != nullptr && !is_null_sender(*from)) {
    read_mailbox(reading, *from, send.from);
  } else if (from == nullptr) {
    reading.errors.add(entry.key->place, "a mail from nobody",
                       "say from: someone@example.org, or from: <> for the null sender");
  }
  if (const auto* to = fields.find("to")) {
    read_recipients(reading, *to, send);
  } else {
    reading.errors.add(entry.key->place, "a mail to nobody", "say to: someone@example.org");
  }
  read_via(reading, entry, fields.find("via"), send);
  if (const auto* subject = fields.find("subject")) read_text(reading, *subject, send.subject);
  if (const auto* body = fields.find("body")) read_text(reading, *body, send.body);
  if (const auto* headers = fields.find("headers")) read_headers(reading, *headers, send);
  read_amounts(reading, fields, send);
  out.push_back({send, entry.key->place});
}

void read_sends(Reading& reading, const Entry& entry, std::vector<Action>& out) {
  for (const Node* node : one_or_more(reading, *entry.value, "mails")) {
    read_send(reading, entry, *node, out);
  }
}

// --- what becomes of hosts and names -------------------------------------------------------------

void read_slow(Reading& reading, const Entry& entry, std::vector<Action>& out) {
  if (!want_map(reading, *entry.value, "a map of hosts and delays")) return;
  for (const Entry& item : entry.value->entries) {
    Slow slow{item.key->text, {}};
    want_role(reading, {slow.host, item.key->place}, {Role::kPrimary}, "can be told to be slow");
    if (read_duration(reading, *item.value, slow.delay)) out.push_back({slow, item.key->place});
  }
}

void read_dns_change(Reading& reading, const Entry& entry, std::vector<Action>& out) {
  if (!want_map(reading, *entry.value, "a map of names and their new records")) return;
  for (const Entry& item : entry.value->entries) {
    DnsChange change{item.key->text, read_records(reading, item)};
    out.push_back({change, item.key->place});
  }
}

void read_lie(Reading& reading, const Entry& entry, std::vector<Action>& out) {
  if (!want_map(reading, *entry.value, "a map such as example.org MX: servfail")) return;
  for (const Entry& item : entry.value->entries) {
    DnsLie lie;
    std::tie(lie.name, lie.type) = read_question(reading, *item.key, TypeIs::kOptional);
    std::string text;
    if (!read_text(reading, *item.value, text)) continue;
    const auto word = std::string_view(text).substr(0, text.find(' '));
    const bool delays = word == "delay";
    const auto delay = parse_duration(std::string_view(text).substr(word.size()));
    if (!words::contains(words::kLies, word) || (delays ? !delay : word != text)) {
      reading.errors.add(item.value->place, fmt::format("unknown lie \"{}\"", text),
                         words::suggestion(word, words::kLies) + "; a delay is written: delay 3s");
      continue;
    }
    lie.lie = std::string(word);
    lie.delay = delays ? *delay : Duration{};
    out.push_back({lie, item.key->place});
  }
}

void read_disk(Reading& reading, const Entry& entry, std::vector<Action>& out) {
  if (!want_map(reading, *entry.value, "a map of hosts and errors")) return;
  for (const Entry& item : entry.value->entries) {
    DiskFault fault;
    fault.host = item.key->text;
    want_role(reading, {fault.host, item.key->place}, {Role::kRelay}, "has a disk that can fail");
    const Node* error = item.value;
    if (item.value->is_map()) {
      const Fields fields(reading, *item.value, words::kDisk, "a disk fault");
      error = fields.find("error");
      std::uint64_t calls = fault.calls;
      if (const auto* node = fields.find("calls")) {
        read_number(reading, *node, {1, kMaxCount}, calls);
      }
      fault.calls = static_cast<std::uint32_t>(calls);
    }
    if (error == nullptr) {
      reading.errors.add(item.key->place, "a disk fault without an error", "say error: EIO");
    } else if (read_word(reading, *error, words::kDiskErrors, "disk error")) {
      fault.error = error->text;
      out.push_back({fault, item.key->place});
    }
  }
}

void read_clock(Reading& reading, const Entry& entry, std::vector<Action>& out) {
  if (!want_map(reading, *entry.value, "a map of hosts and jumps")) return;
  for (const Entry& item : entry.value->entries) {
    ClockStep step{item.key->text, {}};
    known_host(reading, step.host, item.key->place);
    std::string text;
    if (!read_text(reading, *item.value, text)) continue;
    const bool has_sign = text.starts_with('+') || text.starts_with('-');
    const auto by = parse_duration(std::string_view(text).substr(has_sign ? 1 : 0));
    if (!has_sign || !by) {
      reading.errors.add(item.value->place, fmt::format("\"{}\" is not a jump of a clock", text),
                         "jumps are written +1h or -5m");
      continue;
    }
    step.by = text[0] == '-' ? -*by : *by;
    out.push_back({step, item.key->place});
  }
}

// --- dialogue, note ------------------------------------------------------------------------------

std::vector<std::string> read_lines(Reading& reading, const Node& node, std::string_view what) {
  std::vector<std::string> lines;
  for (const Node* item : one_or_more(reading, node, what)) {
    std::string line;
    if (lines.size() < kMaxLines && read_text(reading, *item, line)) lines.push_back(line);
  }
  return lines;
}

void read_dialogue(Reading& reading, const Entry& entry, std::vector<Action>& out) {
  const Fields fields(reading, *entry.value, words::kDialogue, "a dialogue");
  if (!fields.is_map()) return;
  Dialogue dialogue;
  for (const auto& [word, host] : {std::pair("from", &dialogue.from), {"to", &dialogue.to}}) {
    const Node* node = fields.find(word);
    if (node == nullptr) {
      reading.errors.add(entry.key->place, fmt::format("a dialogue {} nobody", word),
                         fmt::format("say {}: HOST", word));
    } else if (read_text(reading, *node, *host)) {
      const bool speaks = host == &dialogue.from;
      const auto roles =
          speaks ? std::vector{Role::kClient} : std::vector{Role::kRelay, Role::kPrimary};
      want_role(reading, {*host, node->place}, roles, speaks ? "speaks line by line" : "listens");
    }
  }
  if (const auto* port = fields.find("port")) {
    std::uint64_t number = dialogue.port;
    read_number(reading, *port, {1, 65535}, number);
    dialogue.port = static_cast<std::uint16_t>(number);
  }
  if (const auto* say = fields.find("say")) dialogue.say = read_lines(reading, *say, {});
  if (const auto* hear = fields.find("hear")) {
    dialogue.hear = read_lines(reading, *hear, "replies");
  } else {
    reading.errors.add(entry.key->place, "a dialogue that expects no reply",
                       "say hear: [220, 250], the banner first");
  }
  out.push_back({dialogue, entry.key->place});
}

void read_note(Reading& reading, const Entry& entry, std::vector<Action>& out) {
  Note note;
  if (read_text(reading, *entry.value, note.text)) out.push_back({note, entry.key->place});
}

}  // namespace

bool is_null_sender(const Node& node) {
  return node.is_text() && (node.text.empty() || node.text == "<>");
}

void want_role(Reading& reading, const Named& named, const std::vector<Role>& roles,
               std::string_view ability) {
  const HostSpec* host = known_host(reading, named.host, named.place);
  if (host == nullptr || std::find(roles.begin(), roles.end(), host->role) != roles.end()) return;
  std::vector<std::string_view> able;
  for (const Role role : roles) able.push_back(role_name(role));
  reading.errors.add(named.place, fmt::format("{} is a {}", host->name, role_name(host->role)),
                     fmt::format("only a {} {}", fmt::join(able, " or a "), ability));
}

std::pair<std::string, std::string> read_question(Reading& reading, const Node& node, TypeIs type) {
  const std::size_t blank = node.text.find(' ');
  const std::string name = node.text.substr(0, blank);
  const std::string text(blank == std::string::npos ? "" : trim(node.text.substr(blank)));
  if (!is_host_name(name.ends_with('.') ? name.substr(0, name.size() - 1) : name)) {
    reading.errors.add(node.place, fmt::format("\"{}\" is not a domain name", name));
  } else if (text.empty() && type == TypeIs::kWanted) {
    reading.errors.add(node.place, fmt::format("which of the records of {}?", name),
                       fmt::format("say {} MX, or another type", name));
  } else if (!text.empty() && !words::contains(words::kRecordTypes, text)) {
    reading.errors.add(node.place, fmt::format("unknown type of record \"{}\"", text),
                       words::suggestion(text, words::kRecordTypes));
  }
  return {name, text};
}

bool read_action(Reading& reading, const Entry& entry, std::vector<Action>& out) {
  using Reader = void (*)(Reading&, const Entry&, std::vector<Action>&);
  static constexpr std::array<Reader, words::kActions.size()> kReaders = {
      read_sends, read_answers, read_slow,     read_dns_change, read_lie,
      read_disk,  read_clock,   read_dialogue, read_note};
  if (const auto n = words::index_of(entry.key->text, words::kActions); n < kReaders.size()) {
    kReaders[n](reading, entry, out);
    return true;
  }
  if (const auto n = words::index_of(entry.key->text, words::kVerbs); n < words::kVerbs.size()) {
    read_host_actions(reading, entry, static_cast<HostVerb>(n), out);
    return true;
  }
  return false;
}

}  // namespace mxlab::scenario
