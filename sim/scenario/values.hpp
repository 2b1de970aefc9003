// values.hpp - the small notations of the language: times, sizes, shares, expected numbers,
// addresses. Pure functions from text to value; nothing when the text is not one.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/scenario/scenario.hpp"

namespace mxlab::scenario {

/// No time in a scenario is longer: ten years.
inline constexpr Duration kLongest = std::chrono::hours(24 * 3660);
inline constexpr std::uint64_t kLargestNumber = 1'000'000'000'000;

std::string_view trim(std::string_view text);
bool is_digits(std::string_view text);

/// Decimal digits, at most kLargestNumber.
std::optional<std::uint64_t> parse_number(std::string_view text);

/// "300ms", "30s", "1h30m", "300.5s", "4d"; "0" alone is no time at all.
std::optional<Duration> parse_duration(std::string_view text);

/// "300s" "1h 30m" as parse_duration() reads it, for messages.
std::string to_text(Duration duration);

/// "512", "10k", "35m": bytes.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// "10%": 0.1; at most 100%.
std::optional<double> parse_share(std::string_view text);

/// "3", "+1", "-1", ">= 1" or "at least 1", "<= 3" or "at most 3", "1..3", and after any of them
/// "at 301.0s" with or without "+- 0.2s". The place is left to the caller.
std::optional<Expected> parse_expected(std::string_view text);

/// "someone@example.org".
bool is_mailbox(std::string_view text);

/// "mail.example.org": labels of letters, digits, "-" and "_".
bool is_host_name(std::string_view text);

/// "451 4.3.0 later": a code from 200 to 599, alone or followed by a blank and text of one line.
bool is_reply(std::string_view text);

}  // namespace mxlab::scenario
