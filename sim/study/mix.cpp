// mix.cpp - who sends how much: a file or one line of shares, made parts of one.
#include <charconv>
#include <fmt/format.h>

#include "sim/scenario/reader.hpp"
#include "sim/study/senders.hpp"

namespace mxlab::study {
namespace {

using scenario::Node;
using scenario::Reading;

constexpr auto kKeys = std::to_array<std::string_view>({"source", "null senders", "senders"});
constexpr double kLargestPart = 1e6;

std::vector<std::string_view> names_of(const Senders& senders) {
  std::vector<std::string_view> names;
  for (const Sender& sender : senders.all) names.push_back(sender.profile.name);
  return names;
}

std::optional<double> parse_part(std::string_view text) {
  double part = 0;
  const auto end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, part, std::chars_format::fixed);
  if (error != std::errc() || at != end || !(part > 0) || part > kLargestPart) return std::nullopt;
  return part;
}

/// Adds a share, or says why not; the hint is empty when the part is wrong.
struct Refused {
  std::string message, hint;
};
std::optional<Refused> add_share(Mix& mix, const Senders& senders, std::string_view name,
                                 std::string_view part) {
  const auto names = names_of(senders);
  const std::size_t sender = scenario::words::index_of(name, names);
  if (sender == names.size())
    return Refused{fmt::format("there is no sender \"{}\"", name),
                   scenario::words::suggestion(name, names)};
  const auto value = parse_part(part);
  if (!value) return Refused{fmt::format("\"{}\" is no share", part), "write a number above 0"};
  for (const Share& share : mix.shares)
    if (share.sender == sender) return Refused{fmt::format("{} stands there twice", name), ""};
  mix.shares.push_back({sender, *value});
  return std::nullopt;
}

void make_one(Mix& mix) {
  double sum = 0;
  for (const Share& share : mix.shares) sum += share.part;
  for (Share& share : mix.shares) share.part /= sum;
}

void read_shares(Reading& reading, const Node& node, const Senders& senders, Mix& mix) {
  if (!scenario::want_map(reading, node, "a map of senders and their shares")) return;
  for (const scenario::Entry& entry : node.entries) {
    std::string part;
    if (!scenario::read_text(reading, *entry.value, part)) continue;
    if (auto refused = add_share(mix, senders, entry.key->text, part))
      reading.errors.add(entry.key->place, refused->message, refused->hint);
  }
  if (node.entries.empty()) reading.errors.add(node.place, "there is no sender here");
}

void read_null_senders(Reading& reading, const Node& node, Mix& mix) {
  std::string text;
  if (!scenario::read_text(reading, node, text)) return;
  const auto share = scenario::parse_share(text);
  if (share)
    mix.null_senders = *share;
  else
    reading.errors.add(node.place, fmt::format("\"{}\" is no share", text), "write it as 1%");
}

}  // namespace

MixResult read_mix(const std::string& file, const std::string& text, const Senders& senders) {
  scenario::Diagnostics errors(file, text);
  const scenario::Document document(text, errors);
  scenario::Scenario none;
  Reading reading{errors, none};
  Mix mix;
  if (document.root() == nullptr) {
    if (errors.empty()) errors.add({1, 1}, "there is no mix here");
  } else {
    const scenario::Fields fields(reading, *document.root(), kKeys, "a mix");
    if (const Node* node = fields.find("senders"))
      read_shares(reading, *node, senders, mix);
    else if (fields.is_map())
      errors.add(document.root()->place, "\"senders\" is missing in the mix");
    if (const Node* node = fields.find("null senders")) read_null_senders(reading, *node, mix);
    if (const Node* node = fields.find("source")) scenario::read_text(reading, *node, mix.source);
  }
  MixResult result;
  for (const auto& diagnostic : errors.take()) result.errors.push_back(format(diagnostic));
  if (!result.errors.empty()) return result;
  make_one(mix);
  result.mix = std::move(mix);
  return result;
}

MixResult parse_mix(const std::string& text, const Senders& senders) {
  MixResult result;
  Mix mix;
  mix.source = "named on the command line: " + text;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    const std::string_view item = std::string_view(text).substr(begin, comma - begin);
    begin = comma + 1;
    const std::size_t equals = std::min(item.find('='), item.size());
    const auto name = scenario::trim(item.substr(0, equals));
    const auto part = scenario::trim(item.substr(std::min(equals + 1, item.size())));
    if (auto refused = add_share(mix, senders, name, part))
      result.errors.push_back(
          fmt::format("--mix: {}\n  = {}\n", refused->message,
                      refused->hint.empty() ? "write gmail=30,postfix=20" : refused->hint));
  }
  if (!result.errors.empty()) return result;
  make_one(mix);
  result.mix = std::move(mix);
  return result;
}

}  // namespace mxlab::study
