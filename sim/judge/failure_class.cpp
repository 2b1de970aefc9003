#include "sim/judge/failure_class.hpp"

#include <algorithm>
#include <asio/ip/address.hpp>

#include "sim/scenario/values.hpp"

namespace mxlab::sim {
namespace {

constexpr std::size_t kShortestId = 16;  // hexadecimal digits: of an envelope, a session

bool is_all(std::string_view word, std::string_view characters) {
  return !word.empty() && word.find_first_not_of(characters) == word.npos;
}

bool is_address(std::string_view word) {
  asio::error_code error;
  asio::ip::make_address(std::string(word), error);
  return !error;
}

/// A name of several labels, of which the last is no number.
bool is_host(std::string_view word) {
  const auto dot = word.rfind('.');
  return dot != word.npos && dot + 1 < word.size() && scenario::is_host_name(word) &&
         !is_all(word.substr(dot + 1, 1), "0123456789");
}

std::string_view kind_of(std::string_view word) {
  if (word.starts_with('<') && word.ends_with('>')) return "<…>";
  if (scenario::is_mailbox(word)) return "<…>";
  if (is_address(word)) return "ADDRESS";
  if (word.size() >= kShortestId && is_all(word, "0123456789abcdef")) return "ID";
  if (is_all(word, "0123456789.") || scenario::parse_duration(word)) return "N";
  if (is_host(word)) return "HOST";
  return word;
}

/// The word without the marks around it, which stay.
std::string without_names(std::string_view word) {
  constexpr std::string_view kMarks = ",;:.()\"";
  const auto begin = std::min(word.find_first_not_of(kMarks), word.size());
  const auto end = word.find_last_not_of(kMarks) + 1;
  if (begin >= end) return std::string(word);
  return std::string(word.substr(0, begin)) +
         std::string(kind_of(word.substr(begin, end - begin))) + std::string(word.substr(end));
}

std::string direction_of(const Broken& broken) {
  const auto expected = scenario::parse_expected(broken.expected);
  const auto actual = scenario::parse_expected(broken.actual);
  if (!expected || !actual) return "not as expected";
  if (actual->low < expected->low) return "too few";
  return actual->high > expected->high ? "too many" : "too early or too late";
}

}  // namespace

std::string failure_class(std::string_view sentence) {
  std::string out;
  while (!sentence.empty()) {
    const auto word = sentence.substr(0, sentence.find(' '));
    out += without_names(word);
    sentence.remove_prefix(word.size());
    const auto blanks = std::min(sentence.find_first_not_of(' '), sentence.size());
    out += sentence.substr(0, blanks);
    sentence.remove_prefix(blanks);
  }
  return out;
}

std::string failure_class(const Broken& broken) {
  return failure_class(broken.what) + ": " + direction_of(broken);
}

}  // namespace mxlab::sim
