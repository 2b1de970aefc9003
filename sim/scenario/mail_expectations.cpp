// mail_expectations.cpp - what must lie in a queue and in mailboxes.
#include <fmt/format.h>

#include "sim/scenario/expectations.hpp"

namespace mxlab::scenario {

namespace {

void read_optional(Reading& reading, const Node* node, std::optional<std::string>& out) {
  std::string text;
  if (node != nullptr && read_text(reading, *node, text)) out = text;
}

void read_optional(Reading& reading, const Node* node, std::optional<Expected>& out) {
  Expected expected;
  if (node != nullptr && read_expected(reading, *node, expected)) out = expected;
}

void check_word(Reading& reading, const Node* node, words::List known, std::string_view what) {
  if (node != nullptr && node->is_text()) read_word(reading, *node, known, what);
}

QueueRow read_row(Reading& reading, const Node& node) {
  QueueRow row;
  row.place = node.place;
  const Fields fields(reading, node, words::kQueueRow, "a row of the queue");
  check_word(reading, fields.find("kind"), words::kQueueKinds, "kind of envelope");
  check_word(reading, fields.find("state"), words::kQueueStates, "state of an envelope");
  check_word(reading, fields.find("source"), words::kQueueSources, "source of an envelope");
  read_optional(reading, fields.find("kind"), row.kind);
  read_optional(reading, fields.find("from"), row.from);
  read_optional(reading, fields.find("to"), row.to);
  read_optional(reading, fields.find("state"), row.state);
  read_optional(reading, fields.find("flags"), row.flags);
  read_optional(reading, fields.find("source"), row.source);
  read_optional(reading, fields.find("error"), row.error);
  read_optional(reading, fields.find("retry"), row.retry);
  read_optional(reading, fields.find("seconds"), row.seconds);
  return row;
}

MessageExpectation read_message(Reading& reading, const Node& node) {
  MessageExpectation message;
  message.place = node.place;
  const Fields fields(reading, node, words::kMessage, "a message");
  read_optional(reading, fields.find("from"), message.from);
  read_optional(reading, fields.find("subject"), message.subject);
  read_optional(reading, fields.find("contains"), message.contains);
  read_optional(reading, fields.find("lacks"), message.lacks);
  read_optional(reading, fields.find("received"), message.received);
  const Node* headers = fields.find("headers");
  if (headers == nullptr || !want_map(reading, *headers, "a map of headers")) return message;
  for (const Entry& header : headers->entries) {
    std::string value;
    if (read_text(reading, *header.value, value)) message.headers[header.key->text] = value;
  }
  return message;
}

void read_mailbox(Reading& reading, const Entry& entry, HostExpectation& out) {
  MailboxExpectation mailbox;
  mailbox.mailbox = entry.key->text;
  mailbox.place = entry.key->place;
  if (!is_mailbox(mailbox.mailbox)) {
    reading.errors.add(entry.key->place,
                       fmt::format("\"{}\" is not a mail address", mailbox.mailbox),
                       "a mailbox is named as mail is sent to it: someone@example.org");
  }
  if (entry.value->is_text()) {
    read_optional(reading, entry.value, mailbox.count);
  } else {
    for (const Node* node : one_or_more(reading, *entry.value, {})) {
      mailbox.messages.push_back(read_message(reading, *node));
    }
    const auto size = static_cast<std::int64_t>(mailbox.messages.size());
    mailbox.count = Expected{size, size, false, {}, {}, std::to_string(size), entry.value->place};
  }
  out.mailboxes.push_back(std::move(mailbox));
}

}  // namespace

void read_queue(Reading& reading, const Entry& entry, HostExpectation& out) {
  QueueExpectation queue;
  queue.place = entry.key->place;
  if (entry.value->is_text()) {
    read_optional(reading, entry.value, queue.count);
  } else {
    queue.has_rows = true;
    for (const Node* node : one_or_more(reading, *entry.value, {})) {
      queue.rows.push_back(read_row(reading, *node));
    }
  }
  out.queue = std::move(queue);
}

void read_mailboxes(Reading& reading, const Entry& entry, HostExpectation& out) {
  if (!want_map(reading, *entry.value, "a map such as someone@example.org: 1")) return;
  for (const Entry& item : entry.value->entries) read_mailbox(reading, item, out);
}

}  // namespace mxlab::scenario
