// document.cpp - builds the tree from yaml-cpp's events: its own tree forgets repeated keys.
#include "sim/scenario/document.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <sstream>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace mxlab::scenario {

namespace {

Place place_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1, 1}; }

/// How much of the line a scalar covers, quotes included.
int width_of(std::string_view line, const Place& place, std::string_view value) {
  const auto column = static_cast<std::size_t>(place.column - 1);
  if (column >= line.size()) return 1;
  std::string_view rest = line.substr(column);
  if (rest[0] == '|' || rest[0] == '>') return 1;
  if (rest[0] == '"' || rest[0] == '\'') {
    std::size_t end = 1;
    while (end < rest.size() && rest[end] != rest[0]) end += rest[end] == '\\' ? 2 : 1;
    return static_cast<int>(std::min(end + 1, rest.size()));
  }
  const std::size_t last = rest.find_last_not_of(" \t");
  const std::size_t visible = last == std::string_view::npos ? 1 : last + 1;
  return static_cast<int>(std::max<std::size_t>(1, std::min(visible, value.size())));
}

class Builder : public YAML::EventHandler {
 public:
  Builder(std::deque<Node>& nodes, Diagnostics& diagnostics)
      : nodes_(nodes), diagnostics_(diagnostics) {}

  const Node* root() const { return root_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node* node = make(Node::Kind::kNothing, mark, anchor);
    // A missing value has no place of its own to point at.
    if (!open_.empty() && open_.back().key != nullptr) node->place = open_.back().key->place;
    add(node);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    last_ = mark;
    const auto target = anchors_.find(anchor);
    if (target == anchors_.end() || is_open(target->second)) {
      throw YAML::ParserException(mark, "an alias inside of what it stands for");
    }
    add(target->second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node* node = make(Node::Kind::kText, mark, anchor);
    const std::string_view line = diagnostics_.line(node->place.line);
    const auto column = static_cast<std::size_t>(mark.column);
    if (tag != "?" && tag != "!") refuse_tag(node->place);
    node->text = value;
    node->block =
        tag == "!" && column < line.size() && (line[column] == '|' || line[column] == '>');
    node->place.width = width_of(line, node->place, value);
    if (tag == "!" && !node->block && !is_closed(node->place)) {
      throw YAML::ParserException(mark, "a quote that is never closed");
    }
    add(node);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node* node;
    const Node* key = nullptr;         // of a map: waits for its value
    std::map<std::string, int> lines;  // of a map: where its keys stand
  };

  Node* make(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    last_ = mark;
    if (nodes_.size() >= kMaxNodes) too_much(mark);
    Node& node = nodes_.emplace_back();
    node.kind = kind;
    node.place = place_of(mark);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = &node;
    return &node;
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    if (open_.size() >= kMaxNesting) {
      throw YAML::ParserException(mark, fmt::format("more than {} levels deep", kMaxNesting));
    }
    Node* node = make(kind, mark, anchor);
    if (tag != "?" && !tag.empty()) refuse_tag(node->place);
    open_.push_back({node, nullptr, {}});
  }

  void close() {
    Node* node = open_.back().node;
    open_.pop_back();
    add(node);
  }

  /// yaml-cpp takes the end of the file for the missing quote.
  bool is_closed(const Place& place) const {
    std::string_view line = diagnostics_.line(place.line);
    const auto column = static_cast<std::size_t>(place.column - 1);
    if (column >= line.size() || (line[column] != '"' && line[column] != '\'')) return true;
    const char quote = line[column];
    line.remove_prefix(column + 1);
    for (int n = place.line; n <= diagnostics_.lines(); line = diagnostics_.line(++n)) {
      for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == quote) return true;
        if (quote == '"' && line[i] == '\\') ++i;
      }
    }
    return false;
  }

  bool is_open(const Node* node) const {
    return std::any_of(open_.begin(), open_.end(), [&](const Open& o) { return o.node == node; });
  }

  void add(const Node* node) {
    if (open_.empty()) {
      root_ = node;
      return;
    }
    Open& parent = open_.back();
    parent.node->weight += node->weight;
    if (parent.node->weight > kMaxNodes) too_much(last_);
    if (parent.node->is_list()) {
      parent.node->items.push_back(node);
    } else if (parent.key == nullptr) {
      parent.key = node;
    } else {
      add_entry(parent, node);
    }
  }

  void add_entry(Open& map, const Node* value) {
    const Node* key = std::exchange(map.key, nullptr);
    if (!key->is_text()) {
      diagnostics_.add(key->place, "a key must be one word or text");
      return;
    }
    const auto [first, is_new] = map.lines.emplace(key->text, key->place.line);
    if (!is_new) {
      diagnostics_.add(
          key->place, fmt::format("\"{}\" stands here twice", key->text),
          fmt::format("the first is on line {}; of a key only one can count", first->second));
      return;
    }
    map.node->entries.push_back({key, value});
  }

  [[noreturn]] static void too_much(const YAML::Mark& mark) {
    throw YAML::ParserException(mark, fmt::format("more than {} values", kMaxNodes));
  }

  void refuse_tag(const Place& place) {
    diagnostics_.add(place, "YAML tags (\"!…\") are not part of the scenario language");
  }

  std::deque<Node>& nodes_;
  Diagnostics& diagnostics_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, const Node*> anchors_;
  const Node* root_ = nullptr;
  YAML::Mark last_;
};

bool indented_by_tab(std::string_view line) {
  const std::size_t text = line.find_first_not_of(" \t");
  return line.substr(0, text).find('\t') != std::string_view::npos;
}

/// What usually is the matter, for the messages of yaml-cpp that people meet.
std::string hint_for(std::string_view message) {
  if (message == "unexpected character in block scalar") {
    return "a value that begins with > or | needs quotes: \">= 1\", or write: at least 1";
  }
  if (message == "illegal map value") {
    return "a text that contains \": \" needs quotes; or the lines above are not indented alike";
  }
  if (message.starts_with("end of map") || message.starts_with("end of sequence")) {
    return "look for a missing } or ], or for a line that is not indented like its neighbours";
  }
  if (message == "unknown token") {
    return "a value that begins with one of @ ` % needs quotes";
  }
  return {};
}

void report(const YAML::ParserException& error, Diagnostics& diagnostics) {
  Place place = error.mark.is_null() ? Place{1, 1, 1} : place_of(error.mark);
  const std::string_view line = diagnostics.line(place.line);
  if (indented_by_tab(line)) {
    place.column = static_cast<int>(line.find('\t')) + 1;
    diagnostics.add(place, "a tab indents this line", "YAML is indented by spaces, never by tabs");
    return;
  }
  diagnostics.add(place, fmt::format("the YAML cannot be read: {}", error.msg),
                  hint_for(error.msg));
}

/// True when the text can be given to yaml-cpp, which takes NUL for its end and other encodings
/// than UTF-8 for granted.
bool is_readable(const std::string& text, Diagnostics& diagnostics) {
  if (text.size() > kMaxFileSize) {
    diagnostics.add({1, 1, 1}, fmt::format("the file is larger than {} bytes", kMaxFileSize));
    return false;
  }
  const auto is_binary = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F || byte >= 0xF8;
  };
  const auto bad = std::find_if(text.begin(), text.end(), is_binary);
  if (bad == text.end()) return true;
  const auto line = std::count(text.begin(), bad, '\n') + 1;
  const auto line_begin = std::find(std::make_reverse_iterator(bad), text.rend(), '\n').base();
  diagnostics.add({static_cast<int>(line), static_cast<int>(bad - line_begin) + 1, 1},
                  fmt::format("a byte {:#04x}, which no text contains",
                              static_cast<unsigned>(static_cast<unsigned char>(*bad))),
                  "scenarios are UTF-8 text");
  return false;
}

}  // namespace

Document::Document(const std::string& text, Diagnostics& diagnostics) {
  if (!is_readable(text, diagnostics)) return;
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Builder builder(nodes_, diagnostics);
    if (!parser.HandleNextDocument(builder)) return;
    root_ = builder.root();
    std::deque<Node> others;
    Builder second(others, diagnostics);
    if (parser.HandleNextDocument(second) && second.root() != nullptr) {
      diagnostics.add(second.root()->place, "a second YAML document: a file holds one scenario");
    }
  } catch (const YAML::ParserException& error) {
    root_ = nullptr;
    report(error, diagnostics);
  }
}

}  // namespace mxlab::scenario
