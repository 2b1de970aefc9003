// tls_versions.cpp - lists of protocol names.
#include "relay/config/tls_versions.hpp"

#include <algorithm>
#include <array>

#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

struct Name {
  std::string_view word;
  TlsVersions versions;
};
constexpr TlsVersions kAll{true, true, true, true};
constexpr TlsVersions kDefault{false, false, true, true};
constexpr std::array kNames{Name{"all", kAll},
                            Name{"legacy", kAll},
                            Name{"default", kDefault},
                            Name{"secure", kDefault},
                            Name{"tlsv1", kAll},
                            Name{"tlsv1.0", {true, false, false, false}},
                            Name{"tlsv1.1", {false, true, false, false}},
                            Name{"tlsv1.2", {false, false, true, false}},
                            Name{"tlsv1.3", {false, false, false, true}}};

void apply(TlsVersions& to, const TlsVersions& named, bool value) {
  if (named.v1_0) to.v1_0 = value;
  if (named.v1_1) to.v1_1 = value;
  if (named.v1_2) to.v1_2 = value;
  if (named.v1_3) to.v1_3 = value;
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  const std::size_t last = text.find_last_not_of(" \t");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace

std::optional<TlsVersions> parse_tls_versions(std::string_view text) {
  TlsVersions versions;
  bool first = true;
  while (first || !text.empty()) {
    const std::size_t end = std::min(text.find_first_of(",:"), text.size());
    std::string_view word = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    const bool negated = word.starts_with('!');
    if (negated) word.remove_prefix(1);
    const std::string name = lowered(word);
    const auto* known =
        std::find_if(kNames.begin(), kNames.end(), [&](const Name& n) { return n.word == name; });
    if (known == kNames.end()) return std::nullopt;
    if (first && negated) versions = kAll;
    apply(versions, known->versions, !negated);
    first = false;
  }
  if (versions == TlsVersions{}) return std::nullopt;
  return versions;
}

}  // namespace mxlab::config
