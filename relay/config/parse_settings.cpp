// parse_settings.cpp - the lines that set one thing: admd, bounce, queue, smtp, srs.
#include "relay/config/context.hpp"
#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxWarnIntervals = 4;
// RFC 5321 4.5.3.1.7: every server must accept messages of 64K octets.
constexpr std::uint64_t kLeastMessageSize = 64 * 1024;

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

std::string expect_text(Cursor& cursor, std::string_view what) {
  const Token text = cursor.expect_string(what);
  if (text.text.empty()) fail(text.span, "expected " + std::string(what) + ", found nothing");
  return text.text;
}

// user+tag@domain is delivered as user@domain is.
void parse_sub_address(Context& context, Cursor& cursor) {
  const Token delimiter = cursor.expect_string("a character in quotes after sub-addr-delim");
  const std::string& text = delimiter.text;
  if (text.size() != 1)
    fail(delimiter.span, "subaddressing-delimiter must be one character",
         "smtp sub-addr-delim \"+\"");
  if (text[0] <= ' ' || text[0] >= 0x7f || text[0] == '@')
    fail(delimiter.span, "sub-addr-delim uses invalid character");
  context.config.sub_address = text;
}

// The stamp in a rewritten address counts days.
Duration expect_days(Cursor& cursor) {
  const Span span = cursor.peek().span;
  const Duration ttl = std::chrono::floor<std::chrono::days>(expect_duration(cursor, "srs ttl"));
  if (ttl < std::chrono::days(1))
    fail(span, "ttl delay is too short: the scheme counts in days", "at least 1d");
  return ttl;
}

}  // namespace

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
  if (setting.text == "limit") return parse_smtp_limit(context, cursor);
  if (setting.text == "max-message-size")
    parse_message_size(context, cursor);
  else if (setting.text == "ciphers")
    context.config.smtp_ciphers = expect_text(cursor, "a list of ciphers");
  else
    parse_sub_address(context, cursor);
  set_once(context, "smtp " + setting.text, setting.span);
  cursor.expect_end("smtp " + setting.text);
}

void parse_admd(Context& context, Cursor& cursor) {
  const Span span = cursor.previous().span;
  context.config.admd = expect_text(cursor, "the name of the domain that this server belongs to");
  set_once(context, "admd", span);
  cursor.expect_end("the name");
}

void parse_srs(Context& context, Cursor& cursor) {
  static constexpr std::string_view kSettings[] = {"key"sv, "ttl"sv};
  const Token setting = cursor.expect_word(kSettings, "srs setting");
  const bool backup = setting.text == "key" && cursor.accept_word("backup");
  Srs& srs = context.config.srs;
  if (setting.text == "ttl")
    srs.ttl = expect_days(cursor);
  else
    (backup ? srs.backup_key : srs.key) = expect_text(cursor, "a secret after key");
  set_once(context, backup ? "srs key backup" : "srs " + setting.text, setting.span);
  cursor.expect_end("srs " + setting.text);
}

}  // namespace mxlab::config
