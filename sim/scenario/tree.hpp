// tree.hpp - a scenario file as a tree that can be changed and written again.
//
// Unlike Document, which knows the place of everything, a Tree is a value: it can be copied, cut
// and compared. Comments are not kept; name, explain and learn are.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mxlab::scenario {

struct Tree {
  enum class Kind { kNothing, kText, kList, kMap };
  Kind kind = Kind::kNothing;
  std::string key;             // under which its map has it
  std::string text;            // of a text
  bool block = false;          // a text that was written with | or >
  std::vector<Tree> children;  // of a list or a map, in order

  bool is_text() const { return kind == Kind::kText; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }
  /// The child of that name; null when there is none.
  Tree* find(std::string_view name);
  const Tree* find(std::string_view name) const;
  /// Makes the child of that name this text, at the end if there was none.
  void set(std::string_view name, std::string value);
  bool operator==(const Tree&) const = default;
};

/// Nothing when the text is not the YAML of scenarios (document.hpp).
std::optional<Tree> read_tree(const std::string& text);

/// The tree as people write scenarios: sections with blank lines between them, short things on one
/// line. Reading it gives the same tree again.
std::string write_tree(const Tree& tree);

}  // namespace mxlab::scenario
