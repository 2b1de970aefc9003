#include "relay/ctl/words.hpp"

#include <algorithm>
#include <asio/ip/address.hpp>
#include <charconv>
#include <optional>

namespace mxlab::ctl {
namespace {

using Line = std::vector<std::string>;

std::vector<std::string_view> split(std::string_view words) {
  std::vector<std::string_view> parts;
  while (!words.empty()) {
    const auto end = std::min(words.find(' '), words.size());
    parts.push_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return parts;
}

bool is_argument(std::string_view token) { return token.front() == '<'; }

bool is_hex(const std::string& word, std::size_t digits) {
  return word.size() == digits &&
         std::all_of(word.begin(), word.end(),
                     [](unsigned char c) { return std::isxdigit(c) != 0; }) &&
         word.find_first_not_of('0') != std::string::npos;
}

bool is_number(const std::string& word) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc() && end == word.data() + word.size() && number > 0;
}

bool is_address(const std::string& word) {
  std::error_code wrong;
  asio::ip::make_address(word, wrong);
  return !wrong;
}

/// Whether the word is this token, written out, or an argument of this kind.
bool fits(std::string_view token, const std::string& word) {
  if (token == "<evpid>") return is_hex(word, 16);
  if (token == "<msgid>") return is_hex(word, 8);
  if (token == "<routeid>") return is_number(word);
  if (token == "<addr>") return is_address(word);
  return token == "<str>" || token == word;
}

struct Candidate {
  const Pattern* pattern;
  std::vector<std::string_view> tokens;
};

/// The tokens that may stand at this place, each once, in the order of the table.
std::vector<std::string_view> tokens_at(const std::vector<Candidate>& candidates, std::size_t i) {
  std::vector<std::string_view> tokens;
  for (const Candidate& c : candidates)
    if (i < c.tokens.size() && (c.pattern->listed || is_argument(c.tokens[i])) &&
        std::find(tokens.begin(), tokens.end(), c.tokens[i]) == tokens.end())
      tokens.push_back(c.tokens[i]);
  return tokens;
}

/// The one token that the word means: itself, else the only one that it is the beginning of.
std::optional<std::string_view> meaning(const std::vector<Candidate>& candidates, std::size_t i,
                                        const std::string& word) {
  for (const Candidate& c : candidates)
    if (i < c.tokens.size() && fits(c.tokens[i], word)) return c.tokens[i];
  std::optional<std::string_view> best;
  for (std::string_view token : tokens_at(candidates, i)) {
    if (is_argument(token) || !token.starts_with(word)) continue;
    if (best) return std::nullopt;
    best = token;
  }
  return best;
}

Misunderstood possibilities(const std::vector<Candidate>& candidates,
                            const std::vector<std::string_view>& said) {
  const auto tokens = tokens_at(candidates, said.size());
  if (tokens.empty()) return {"invalid command\n"};
  std::string text = "possibilities are:\n";
  for (std::string_view token : tokens) {
    for (std::string_view word : said) text += std::string(word) + " ";
    text += std::string(token) + "\n";
  }
  return {text};
}

std::vector<Candidate> candidates_of(std::span<const Pattern> patterns) {
  std::vector<Candidate> candidates;
  for (const Pattern& pattern : patterns) candidates.push_back({&pattern, split(pattern.words)});
  return candidates;
}

void keep(std::vector<Candidate>& candidates, std::size_t i, std::string_view token) {
  std::erase_if(candidates,
                [&](const Candidate& c) { return i >= c.tokens.size() || c.tokens[i] != token; });
}

std::string command_of(const std::vector<std::string_view>& tokens) {
  std::string command;
  for (std::string_view token : tokens)
    if (!is_argument(token)) command += (command.empty() ? "" : " ") + std::string(token);
  return command;
}

}  // namespace

std::variant<Words, Misunderstood> understand(std::span<const Pattern> patterns, const Line& line) {
  auto candidates = candidates_of(patterns);
  std::vector<std::string_view> said;
  Words words;
  for (const std::string& word : line) {
    const auto token = meaning(candidates, said.size(), word);
    if (!token) return possibilities(candidates, said);
    keep(candidates, said.size(), *token);
    if (is_argument(*token)) words.arguments.push_back(word);
    said.push_back(*token);
  }
  const bool complete = std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& c) {
    return c.tokens.size() == said.size();
  });
  if (!complete || said.empty()) return possibilities(candidates, said);
  words.command = command_of(said);
  return words;
}

std::vector<Pattern> patterns_below(std::span<const Pattern> patterns, const Line& line) {
  auto candidates = candidates_of(patterns);
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto token = meaning(candidates, i, line[i]);
    if (!token) break;
    keep(candidates, i, *token);
  }
  std::vector<Pattern> found;
  for (const Candidate& c : candidates)
    if (c.pattern->listed) found.push_back(*c.pattern);
  return found;
}

}  // namespace mxlab::ctl
