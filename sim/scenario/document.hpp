// document.hpp - a YAML text as a tree in which everything knows its place.
//
// Stricter than YAML: a key stands once, keys are plain texts, tags are refused, there is one
// document. Anchors and aliases work; what they expand to is bounded. Meaning is left to the
// reader.
#pragma once
#include <deque>
#include <string>
#include <vector>

#include "sim/scenario/diagnostics.hpp"

namespace mxlab::scenario {

inline constexpr std::size_t kMaxFileSize = 1 << 20;
inline constexpr std::size_t kMaxNodes = 50'000;  // of the tree, aliases written out
inline constexpr std::size_t kMaxNesting = 24;

struct Node;

struct Entry {
  const Node* key;
  const Node* value;
};

struct Node {
  enum class Kind { kNothing, kText, kList, kMap };
  Kind kind = Kind::kNothing;
  std::string text;
  bool block = false;  // written with | or >
  std::vector<const Node*> items;
  std::vector<Entry> entries;
  Place place;
  std::size_t weight = 1;  // nodes of this subtree

  bool is_text() const { return kind == Kind::kText; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_map() const { return kind == Kind::kMap; }
};

/// Owns the nodes; they live as long as it does.
class Document {
 public:
  /// Reports what is not YAML or not our YAML; root() is then whatever could be read.
  Document(const std::string& text, Diagnostics& diagnostics);
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  /// The top of the tree; null when nothing could be read.
  const Node* root() const { return root_; }

 private:
  std::deque<Node> nodes_;
  const Node* root_ = nullptr;
};

}  // namespace mxlab::scenario
