#include "relay/delivery/srs.hpp"

#include <array>
#include <chrono>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "relay/smtp/address.hpp"
#include "relay/smtp/ascii.hpp"

namespace mxlab::delivery {
namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::int64_t kDays = 1024;  // ten bits of a day's number
constexpr std::size_t kHash = 4;
constexpr std::string_view kFirst = "SRS0=", kAgain = "SRS1=";
constexpr std::size_t kMostAddress = smtp::kMaxPath - 2;  // without its brackets

bool is_separator(char c) { return c == '=' || c == '+' || c == '-'; }

std::string hash(const std::string& key, std::string_view text) {
  const std::string whole = key + std::string(text);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  EVP_Digest(whole.data(), whole.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  std::array<unsigned char, 2 * SHA_DIGEST_LENGTH> base64{};
  EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
  return std::string(reinterpret_cast<const char*>(base64.data()), kHash);
}

std::int64_t day_of(world::TimePoint now) {
  return world::epoch_seconds(now) / (24 * 60 * 60) % kDays;
}

std::string day_text(world::TimePoint now) {
  const auto day = static_cast<std::size_t>(day_of(now));
  return {kBase32[day >> 5], kBase32[day & 31]};
}

/// Days that have passed since the text was written, by a clock that may be one day behind; nothing
/// when it is no day.
std::optional<std::int64_t> age_of(std::string_view text, world::TimePoint now) {
  if (text.size() < 3 || !is_separator(text[2])) return std::nullopt;
  const auto high = kBase32.find(smtp::ascii_upper(text[0]));
  const auto low = kBase32.find(smtp::ascii_upper(text[1]));
  if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
  const auto day = static_cast<std::int64_t>(high << 5 | low);
  const std::int64_t age = (day_of(now) - day + kDays) % kDays;
  return age == kDays - 1 ? -1 : age;
}

bool is_fresh(const config::Srs& srs, std::string_view text, world::TimePoint now) {
  const auto age = age_of(text, now);
  return age && *age <= std::chrono::duration_cast<std::chrono::hours>(srs.ttl).count() / 24;
}

/// A mail system on the way may have changed the case of a local part.
bool is_ours(const config::Srs& srs, std::string_view given, std::string_view text) {
  auto fits = [&](const std::string& key) {
    return !key.empty() && smtp::equals_ignoring_case(hash(key, text), given);
  };
  return fits(srs.key) || fits(srs.backup_key);
}

/// "SRSn=" and a hash before the text that it is of.
std::string seal(const config::Srs& srs, std::string_view prefix, const std::string& text) {
  return std::string(prefix) + hash(srs.key, text) + "=" + text;
}

}  // namespace

std::string srs_rewrite(const config::Srs& srs, const std::string& sender,
                        const std::string& our_domain, world::TimePoint now) {
  const std::string user(smtp::local_part_of(sender));
  const std::string domain(smtp::domain_of(sender));
  if (user.empty() || domain.empty() || srs.key.empty()) return sender;
  const std::string behind = user.substr(std::min(user.size(), kFirst.size()));
  const std::string ours = "@" + our_domain;
  std::string rewritten;
  if (smtp::starts_ignoring_case(user, kFirst))
    rewritten = seal(srs, kAgain, domain + "==" + behind + ours);
  else if (smtp::starts_ignoring_case(user, kAgain) && behind.size() > kHash &&
           is_separator(behind[kHash]))
    rewritten = seal(srs, kAgain, behind.substr(kHash + 1) + ours);
  else
    rewritten = seal(srs, kFirst, day_text(now) + "=" + domain + "=" + user + ours);
  // A path that is too long would be refused.
  return rewritten.size() > kMostAddress ? sender : rewritten;
}

std::optional<std::string> srs_reverse(const config::Srs& srs, const std::string& address,
                                       world::TimePoint now) {
  const bool again = smtp::starts_ignoring_case(address, kAgain);
  if (!again && !smtp::starts_ignoring_case(address, kFirst)) return std::nullopt;
  const std::string_view sealed = std::string_view(address).substr(kFirst.size());
  if (sealed.size() <= kHash + 1) return std::nullopt;
  const std::string_view text = sealed.substr(kHash + 1);
  if (!is_ours(srs, sealed.substr(0, kHash), text)) return std::nullopt;

  std::string_view user = smtp::local_part_of(text);
  if (!again) {
    if (!is_fresh(srs, user, now)) return std::nullopt;
    user.remove_prefix(3);
  }
  const auto equals = user.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string domain(user.substr(0, equals));
  const std::string rest(user.substr(equals + 1));
  if (!again) return rest + "@" + domain;
  // "=HASH=DAY=…" of the SRS0 address of whoever rewrote it first; the hash is theirs to check.
  if (rest.size() <= kHash + 2 || !is_fresh(srs, std::string_view(rest).substr(kHash + 2), now))
    return std::nullopt;
  return "SRS0" + rest + "@" + domain;
}

}  // namespace mxlab::delivery
