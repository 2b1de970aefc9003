// parse_settings.cpp - the lines that set one thing: pki, bounce, queue, smtp, mta.
#include "relay/config/context.hpp"
#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxWarnIntervals = 4;
constexpr std::uint64_t kMaxCount = 1'000'000;  // of any limit that counts
// RFC 5321 4.5.3.1.7: every server must accept messages of 64K octets.
constexpr std::uint64_t kLeastMessageSize = 64 * 1024;

std::size_t expect_count(Cursor& cursor, const std::string& setting) {
  const Span span = cursor.peek().span;
  const std::uint64_t count = cursor.expect_number("a number after " + setting);
  if (count == 0) fail(span, setting + " must be at least 1");
  if (count > kMaxCount) fail(span, setting + " must be at most " + std::to_string(kMaxCount));
  return static_cast<std::size_t>(count);
}

void parse_smtp_limits(Context& context, Cursor& cursor) {
  static constexpr std::string_view kLimits[] = {"max-mails"sv, "max-rcpt"sv};
  do {
    const Token limit = cursor.expect_word(kLimits, "smtp limit");
    set_once(context, "smtp limit " + limit.text, limit.span);
    const std::size_t count = expect_count(cursor, limit.text);
    (limit.text == "max-rcpt" ? context.config.max_rcpt : context.config.max_mails) = count;
  } while (!cursor.at_end());
}

void parse_message_size(Context& context, Cursor& cursor) {
  const Token size = cursor.take();
  const bool readable = size.kind != Token::Kind::kSign && size.kind != Token::Kind::kEnd;
  const auto bytes = readable ? parse_size(size.text) : std::nullopt;
  if (!bytes || *bytes == 0)
    fail(size.span, "invalid size: " + (readable ? size.text : described(size)),
         "a number of bytes, or with a unit: 64K, 35M, 1G");
  if (*bytes < kLeastMessageSize)
    context.report.warning(size.span, "max-message-size is smaller than 64K",
                           "every server must accept messages of that size (RFC 5321 4.5.3.1.7)");
  context.config.max_message_size = *bytes;
}

}  // namespace

void parse_pki(Context& context, Cursor& cursor) {
  const Token name = cursor.expect_string("the name of a pki");
  if (name.text != "*" && !valid_host_name(name.text))
    fail(name.span, "not a valid domain name: " + name.text);
  const std::string key = lowered(name.text);
  context.declared.emplace(std::pair(Kind::kPki, key), name.span);
  Pki& pki = context.config.pki[key];
  pki.name = key;
  static constexpr std::string_view kParts[] = {"cert"sv, "key"sv, "dhe"sv};
  do {
    const Token part = cursor.expect_word(kParts, "pki option");
    const Token value = cursor.expect_string(part.text == "dhe" ? "none, auto or legacy after dhe"
                                                                : "a file name after " + part.text);
    if (part.text == "dhe") {
      not_supported(context, part.span, "pki dhe");
      continue;
    }
    set_once(context, "pki " + key + " " + part.text, part.span);
    (part.text == "cert" ? pki.certificate_file : pki.key_file) = value.text;
  } while (!cursor.at_end());
}

void parse_bounce(Context& context, Cursor& cursor) {
  static constexpr std::string_view kSettings[] = {"warn-interval"sv};
  const Token setting = cursor.expect_word(kSettings, "bounce setting");
  set_once(context, "bounce warn-interval", setting.span);
  std::vector<Duration> intervals;
  do {
    const Span span = cursor.peek().span;
    intervals.push_back(expect_duration(cursor, "warn-interval"));
    if (intervals.size() > kMaxWarnIntervals)
      fail(span, "too many warn intervals", "at most 4 can be given");
  } while (cursor.accept_sign(","));
  cursor.expect_end("the warn intervals");
  context.config.warn_intervals = std::move(intervals);
}

void parse_queue(Context& context, Cursor& cursor) {
  static constexpr std::string_view kSettings[] = {"ttl"sv, "compression"sv, "encryption"sv};
  const Token setting = cursor.expect_word(kSettings, "queue setting");
  if (setting.text != "ttl") return not_supported(context, setting.span, "queue " + setting.text);
  set_once(context, "queue ttl", setting.span);
  context.config.queue_ttl = expect_duration(cursor, "queue ttl");
  cursor.expect_end("the time");
}

void parse_smtp(Context& context, Cursor& cursor) {
  static constexpr std::string_view kSettings[] = {"limit"sv, "max-message-size"sv, "ciphers"sv,
                                                   "sub-addr-delim"sv};
  const Token setting = cursor.expect_word(kSettings, "smtp setting");
  if (setting.text == "limit") return parse_smtp_limits(context, cursor);
  if (setting.text != "max-message-size")
    return not_supported(context, setting.span, "smtp " + setting.text);
  set_once(context, "smtp max-message-size", setting.span);
  parse_message_size(context, cursor);
  cursor.expect_end("the size");
}

void parse_mta(Context& context, Cursor& cursor) {
  static constexpr std::string_view kSettings[] = {"max-deferred"sv, "limit"sv};
  const Token setting = cursor.expect_word(kSettings, "mta setting");
  if (setting.text == "limit") return not_supported(context, setting.span, "mta limit");
  set_once(context, "mta max-deferred", setting.span);
  context.config.max_deferred = expect_count(cursor, "max-deferred");
  cursor.expect_end("the number");
}

}  // namespace mxlab::config
