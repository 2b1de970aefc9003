// table_file.cpp - reads list and mapping files, as smtpd(8)'s parse_table_line().
#include "relay/config/table_file.hpp"

#include <optional>
#include <utility>

#include "relay/config/table.hpp"
#include "relay/config/units.hpp"

namespace mxlab::config {
namespace {

constexpr std::string_view kBlanks = " \t\r\v\f";

struct Entry {
  std::string key, value;
  Span place;
};

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::size_t last = text.find_last_not_of(kBlanks);
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// Colons within an address or a URL do not end the key. smtpd(8) knows that of addresses in
// brackets only, so that its own manual's examples (::1, smtp://…) need "# @list".
std::size_t key_end(std::string_view text) {
  const std::size_t blank = text.find_first_of(" \t");
  const std::string_view word = text.substr(0, blank);
  const std::size_t first = word.find(':');
  const bool url = first != std::string_view::npos && word.substr(first).starts_with("://");
  if (url || parse_network(word)) return blank;
  const std::size_t colon = word.starts_with('[') ? word.rfind("]:") : first;
  if (colon == std::string_view::npos) return blank;
  return word.starts_with('[') ? colon + 1 : colon;
}

class TableFile {
 public:
  TableFile(const Source& source, Report& report) : source_(source), report_(report) {}

  PlacedTable read(const std::string& name) {
    for (int number = 1; number <= source_.line_count() && !report_.full(); ++number)
      read_line(number);
    std::vector<Span> places;
    std::vector<std::string> values;
    std::vector<std::pair<std::string, std::string>> pairs;
    for (Entry& entry : entries_) {
      places.push_back(entry.place);
      if (mapping_.value_or(true))
        pairs.emplace_back(std::move(entry.key), std::move(entry.value));
      else
        values.push_back(std::move(entry.key));
    }
    if (!mapping_.value_or(true))
      return {std::make_shared<Table>(name, std::move(values)), std::move(places)};
    return {std::make_shared<Table>(name, std::move(pairs)), std::move(places)};
  }

 private:
  void read_line(int number) {
    const std::string_view line = source_.line(number);
    const std::string_view text = trimmed(line);
    if (text.empty()) return;
    if (text.starts_with('#')) {
      if (!mapping_ && trimmed(text.substr(1)) == "@list") mapping_ = false;
      return;
    }
    const int column = static_cast<int>(text.data() - line.data()) + 1;
    const Span span{&source_, number, column, static_cast<int>(text.size())};
    const std::size_t end = key_end(text);
    if (!mapping_) mapping_ = end != std::string_view::npos;
    if (!*mapping_) return add({std::string(text), "", span});
    read_pair(text, end, span);
  }

  void read_pair(std::string_view text, std::size_t end, Span span) {
    const std::string_view key = text.substr(0, end);
    std::string_view value = end == std::string_view::npos ? "" : trimmed(text.substr(end));
    const bool assigned = value.starts_with("= ") || value.starts_with("=\t");
    if (assigned || value.starts_with(':')) value = trimmed(value.substr(1));
    if (key.empty() || value.empty()) {
      report_.error(span, "invalid map entry: " + std::string(text),
                    "a mapping has a key and a value on each line: key value; a file that is a "
                    "list begins with the line # @list");
      return;
    }
    span.width = static_cast<int>(key.size());
    add({std::string(key), std::string(value), span});
  }

  void add(Entry entry) {
    const auto [at, is_new] = seen_.emplace(lowered(entry.key), entry.place.line);
    if (is_new) return entries_.push_back(std::move(entry));
    const std::string first = std::to_string(at->second);
    if (!*mapping_) return;
    report_.warning(entry.place, "key given twice: " + entry.key,
                    "this line counts, line " + first + " does not");
    for (Entry& old : entries_)
      if (lowered(old.key) == at->first) old.value = entry.value;
  }

  const Source& source_;
  Report& report_;
  std::optional<bool> mapping_;
  std::vector<Entry> entries_;
  std::map<std::string, int> seen_;
};

}  // namespace

PlacedTable read_table_file(const std::string& name, const Source& source, Report& report) {
  return TableFile(source, report).read(name);
}

}  // namespace mxlab::config
