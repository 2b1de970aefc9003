#include "sim/scenario/tree.hpp"

#include <algorithm>

#include "sim/scenario/document.hpp"

namespace mxlab::scenario {
namespace {

Tree copy_of(const Node& node) {
  Tree tree;
  tree.kind = static_cast<Tree::Kind>(node.kind);
  tree.text = node.text;
  tree.block = node.block;
  for (const Node* item : node.items) tree.children.push_back(copy_of(*item));
  for (const Entry& entry : node.entries) {
    tree.children.push_back(copy_of(*entry.value));
    tree.children.back().key = entry.key->text;
  }
  return tree;
}

}  // namespace

const Tree* Tree::find(std::string_view name) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const Tree& child) { return child.key == name; });
  return found == children.end() ? nullptr : &*found;
}

Tree* Tree::find(std::string_view name) {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const Tree& child) { return child.key == name; });
  return found == children.end() ? nullptr : &*found;
}

void Tree::set(std::string_view name, std::string value) {
  Tree* child = find(name);
  if (child == nullptr) child = &children.emplace_back();
  *child = {Kind::kText, std::string(name), std::move(value), false, {}};
}

std::optional<Tree> read_tree(const std::string& text) {
  Diagnostics errors("", text);
  const Document document(text, errors);
  if (document.root() == nullptr || !errors.empty()) return std::nullopt;
  return copy_of(*document.root());
}

}  // namespace mxlab::scenario
