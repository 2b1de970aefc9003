// parse_limits.cpp - how much at once: smtp limit, mta limit, mta max-deferred, scheduler limit.
//
// Keys that only steer smtpd(8)'s own processes are accepted and have no effect; a warning says so.
#include <algorithm>
#include <array>

#include "relay/config/context.hpp"
#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t kMaxSeconds = 7 * 24 * 3600;

struct CountKey {
  std::string_view word;
  std::uint32_t MtaLimits::*member;
};
constexpr std::array kCounts{
    CountKey{"max-conn-per-host", &MtaLimits::per_host},
    CountKey{"max-conn-per-route", &MtaLimits::per_route},
    CountKey{"max-conn-per-source", &MtaLimits::per_source},
    CountKey{"max-conn-per-connector", &MtaLimits::per_connector},
    CountKey{"max-conn-per-relay", &MtaLimits::per_relay},
    CountKey{"max-conn-per-domain", &MtaLimits::per_domain},
    CountKey{"session-mail-max", &MtaLimits::session_mails},
    CountKey{"max-failures-per-session", &MtaLimits::failures_per_session}};

struct DelayKey {
  std::string_view word;
  Duration MtaLimits::*member;
};
constexpr std::array kDelays{DelayKey{"conn-delay-host", &MtaLimits::delay_host},
                             DelayKey{"conn-delay-route", &MtaLimits::delay_route},
                             DelayKey{"conn-delay-source", &MtaLimits::delay_source},
                             DelayKey{"conn-delay-connector", &MtaLimits::delay_connector},
                             DelayKey{"conn-delay-relay", &MtaLimits::delay_relay},
                             DelayKey{"conn-delay-domain", &MtaLimits::delay_domain},
                             DelayKey{"reconn-delay-route", &MtaLimits::reconnect_route},
                             DelayKey{"session-transaction-delay", &MtaLimits::transaction_delay},
                             DelayKey{"session-keepalive", &MtaLimits::keepalive}};

constexpr std::array kIdle{"task-hiwat"sv, "task-lowat"sv, "task-release"sv};

std::vector<std::string_view> mta_words() {
  std::vector<std::string_view> words{"inet4", "inet6"};
  for (const CountKey& key : kCounts) words.push_back(key.word);
  for (const DelayKey& key : kDelays) words.push_back(key.word);
  words.insert(words.end(), kIdle.begin(), kIdle.end());
  return words;
}

// Seconds, as a bare number; 0 is no delay.
Duration expect_seconds(Cursor& cursor, const std::string& setting) {
  const Span span = cursor.peek().span;
  const std::uint64_t seconds = cursor.expect_number("a number of seconds after " + setting);
  if (seconds > kMaxSeconds)
    fail(span, setting + " must be at most " + std::to_string(kMaxSeconds) + " seconds");
  return std::chrono::seconds(seconds);
}

void warn_of_idle_limit(Context& context, const Token& key, const std::string& setting) {
  context.report.warning(key.span, setting + " " + key.text + " has no effect",
                         "it steers a process that this server does not have");
}

template <typename Keys>
auto find_key(const Keys& keys, std::string_view word) {
  return std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return key.word == word; });
}

void parse_mta_key(Context& context, Cursor& cursor, MtaLimits& limits) {
  const Token key = cursor.expect_word(mta_words(), "mta limit");
  if (key.text == "inet4" || key.text == "inet6") {
    limits.only_ipv6 = key.text == "inet6";
    return;
  }
  if (const auto* count = find_key(kCounts, key.text); count != kCounts.end()) {
    limits.*(count->member) = static_cast<std::uint32_t>(expect_count(cursor, key.text));
    return;
  }
  if (const auto* delay = find_key(kDelays, key.text); delay != kDelays.end()) {
    limits.*(delay->member) = expect_seconds(cursor, key.text);
    return;
  }
  expect_count(cursor, key.text);
  warn_of_idle_limit(context, key, "mta limit");
}

// The limits of a domain begin as those of all domains are at this line.
MtaLimits& limits_of(Context& context, Cursor& cursor) {
  Config& config = context.config;
  if (!cursor.accept_word("for")) return config.mta_limits;
  if (!cursor.accept_word("domain")) cursor.fail_expected("\"domain\" after mta limit for");
  const std::string domain = lowered(expect_host_name(cursor, "mta limit for domain"));
  return config.mta_limits_for.try_emplace(domain, config.mta_limits).first->second;
}

void parse_mta_limit(Context& context, Cursor& cursor) {
  MtaLimits& limits = limits_of(context, cursor);
  do parse_mta_key(context, cursor, limits);
  while (!cursor.at_end());
}

constexpr Duration kShortestProbe = std::chrono::seconds(5);

/// Not OpenSMTPD's: how often a primary that is down is asked whether it is back.
void parse_recovery_probe(Context& context, Cursor& cursor, const Token& setting) {
  set_once(context, "mta recovery-probe", setting.span);
  const Token value = cursor.peek();
  if (value.text == "off") {
    cursor.take();
  } else {
    const Duration every = expect_duration(cursor, "recovery-probe");
    if (every < kShortestProbe)
      fail(value.span, "recovery-probe must be at least 5s",
           "who is asked more often has less time to recover; 30s is a good value");
    context.config.recovery_probe = every;
  }
  cursor.expect_end("the time");
}

}  // namespace

void parse_smtp_limit(Context& context, Cursor& cursor) {
  static constexpr std::string_view kLimits[] = {"max-mails"sv, "max-rcpt"sv};
  do {
    const Token limit = cursor.expect_word(kLimits, "smtp limit");
    set_once(context, "smtp limit " + limit.text, limit.span);
    const std::size_t count = expect_count(cursor, limit.text);
    (limit.text == "max-rcpt" ? context.config.max_rcpt : context.config.max_mails) = count;
  } while (!cursor.at_end());
}

void parse_mta(Context& context, Cursor& cursor) {
  static constexpr std::string_view kSettings[] = {"max-deferred"sv, "limit"sv, "recovery-probe"sv};
  const Token setting = cursor.expect_word(kSettings, "mta setting");
  if (setting.text == "limit") return parse_mta_limit(context, cursor);
  if (setting.text == "recovery-probe") return parse_recovery_probe(context, cursor, setting);
  set_once(context, "mta max-deferred", setting.span);
  context.config.max_deferred = expect_count(cursor, "max-deferred");
  cursor.expect_end("the number");
}

void parse_scheduler(Context& context, Cursor& cursor) {
  static constexpr std::string_view kLimits[] = {"max-inflight"sv, "max-evp-batch-size"sv,
                                                 "max-msg-batch-size"sv, "max-schedule"sv};
  if (!cursor.accept_word("limit")) cursor.fail_expected("\"limit\" after scheduler");
  do {
    const Token limit = cursor.expect_word(kLimits, "scheduler limit");
    set_once(context, "scheduler limit " + limit.text, limit.span);
    const std::size_t count = expect_count(cursor, limit.text);
    if (limit.text == "max-inflight")
      context.config.max_inflight = count;
    else
      warn_of_idle_limit(context, limit, "scheduler limit");
  } while (!cursor.at_end());
}

void parse_mda(Context& context, Cursor& cursor) {
  static constexpr std::string_view kSettings[] = {"wrapper"sv, "limit"sv};
  static constexpr std::string_view kLimits[] = {"max-session"sv, "max-session-per-user"sv,
                                                 "task-hiwat"sv, "task-lowat"sv, "task-release"sv};
  const Token setting = cursor.expect_word(kSettings, "mda setting");
  if (setting.text == "wrapper") return not_supported(context, setting.span, "mda wrapper");
  do {
    const Token limit = cursor.expect_word(kLimits, "mda limit");
    expect_count(cursor, limit.text);
    warn_of_idle_limit(context, limit, "mda limit");
  } while (!cursor.at_end());
}

}  // namespace mxlab::config
