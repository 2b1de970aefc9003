// words.cpp - the vocabulary of smtpd.conf(5), and finding the word that was meant.
#include "relay/config/words.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace mxlab::config {
namespace {

using namespace std::string_view_literals;

// Sorted, as the grammar's own table.
constexpr std::array kReserved{"action"sv,        "admd"sv,
                               "alias"sv,         "any"sv,
                               "auth"sv,          "auth-optional"sv,
                               "backup"sv,        "bounce"sv,
                               "bypass"sv,        "ca"sv,
                               "cert"sv,          "chain"sv,
                               "chroot"sv,        "ciphers"sv,
                               "commit"sv,        "compression"sv,
                               "connect"sv,       "data"sv,
                               "data-line"sv,     "dhe"sv,
                               "disconnect"sv,    "domain"sv,
                               "ehlo"sv,          "encryption"sv,
                               "expand-only"sv,   "fcrdns"sv,
                               "filter"sv,        "for"sv,
                               "forward-only"sv,  "from"sv,
                               "group"sv,         "helo"sv,
                               "helo-src"sv,      "host"sv,
                               "hostname"sv,      "hostnames"sv,
                               "include"sv,       "inet4"sv,
                               "inet6"sv,         "junk"sv,
                               "key"sv,           "limit"sv,
                               "listen"sv,        "lmtp"sv,
                               "local"sv,         "mail-from"sv,
                               "maildir"sv,       "mask-src"sv,
                               "masquerade"sv,    "match"sv,
                               "max-deferred"sv,  "max-message-size"sv,
                               "mbox"sv,          "mda"sv,
                               "mta"sv,           "mx"sv,
                               "no-dsn"sv,        "no-verify"sv,
                               "noop"sv,          "on"sv,
                               "phase"sv,         "pki"sv,
                               "port"sv,          "proc"sv,
                               "proc-exec"sv,     "protocols"sv,
                               "proxy-v2"sv,      "queue"sv,
                               "quit"sv,          "rcpt-to"sv,
                               "rdns"sv,          "received-auth"sv,
                               "recipient"sv,     "recovery-probe"sv,
                               "regex"sv,         "reject"sv,
                               "relay"sv,         "report"sv,
                               "rewrite"sv,       "rset"sv,
                               "scheduler"sv,     "senders"sv,
                               "smtp"sv,          "smtp-in"sv,
                               "smtp-out"sv,      "smtps"sv,
                               "socket"sv,        "src"sv,
                               "srs"sv,           "sub-addr-delim"sv,
                               "table"sv,         "tag"sv,
                               "tagged"sv,        "tls"sv,
                               "tls-require"sv,   "ttl"sv,
                               "user"sv,          "userbase"sv,
                               "verify"sv,        "virtual"sv,
                               "warn-interval"sv, "wrapper"sv};
static_assert(std::is_sorted(kReserved.begin(), kReserved.end()));

constexpr std::array kDirectives{"action"sv,  "admd"sv,   "bounce"sv, "ca"sv,        "filter"sv,
                                 "include"sv, "listen"sv, "match"sv,  "mda"sv,       "mta"sv,
                                 "pki"sv,     "proc"sv,   "queue"sv,  "scheduler"sv, "smtp"sv,
                                 "srs"sv,     "table"sv};
static_assert(std::is_sorted(kDirectives.begin(), kDirectives.end()));

constexpr std::size_t kLongestGuess = 40;  // nobody mistypes a longer word into ours

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Edits (insert, delete, replace, swap of neighbours) that turn one word into the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0u : 1u)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

}  // namespace

bool reserved(std::string_view word) {
  return std::binary_search(kReserved.begin(), kReserved.end(), word);
}

std::span<const std::string_view> directives() { return kDirectives; }

bool is_directive(std::string_view word) {
  return std::binary_search(kDirectives.begin(), kDirectives.end(), word);
}

std::string_view nearest(std::string_view word, Words candidates) {
  if (word.size() > kLongestGuess) return {};
  std::size_t best = 1 + std::max<std::size_t>(1, word.size() / 3);
  std::string_view found;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > kLongestGuess) continue;
    const std::size_t edits = distance(word, candidate);
    if (edits < best && edits < candidate.size()) {
      best = edits;
      found = candidate;
    }
  }
  return found;
}

std::string did_you_mean(std::string_view word, Words candidates, std::string fallback) {
  const std::string_view found = nearest(word, candidates);
  if (found.empty()) return fallback;
  return "did you mean \"" + std::string(found) + "\"?";
}

std::string listed(Words words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

}  // namespace mxlab::config
