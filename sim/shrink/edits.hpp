// edits.hpp - the cuts and changes that minimise tries on a scenario: pure functions from tree to
// tree. Whether the result is a scenario at all is for its reader to say.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/tree.hpp"

namespace mxlab::shrink {
using scenario::Tree;

/// The numbers of the children on the way down from the root.
using Path = std::vector<std::size_t>;

const Tree& at(const Tree& tree, const Path& path);
Tree& at(Tree& tree, const Path& path);
/// The keys on the way, "" for items of lists.
std::vector<std::string> keys_of(const Tree& tree, const Path& path);

/// All lists and maps that hold something, each before what is in it.
std::vector<Path> containers(const Tree& tree);
std::vector<Path> texts(const Tree& tree);

/// Without the host, all that is done by it or to it, what is expected of it, and the records that
/// lead to it.
Tree without_host(const Tree& tree, const std::string& host);

struct Cut {
  std::size_t from, count;
};
/// Without these children of the container; hosts go with all that names them.
Tree without_children(const Tree& tree, const Path& container,
                      const std::vector<std::size_t>& gone);
/// Without these lines of a text.
Tree without_lines(const Tree& tree, const Path& text, Cut lines);
std::size_t lines_of(const Tree& text);

/// With a simpler value there, the simplest first.
std::vector<Tree> with_simpler_value(const Tree& tree, const Path& text);
/// The step comes sooner after the one before it, and all later ones with it.
std::vector<Tree> with_shorter_wait(const Tree& tree, std::size_t step);
/// A list of one becomes that one.
std::optional<Tree> with_unwrapped(const Tree& tree, const Path& list);
/// The step's actions are done in the step before it, at whose instant it is.
std::optional<Tree> with_merged_step(const Tree& tree, std::size_t step);

}  // namespace mxlab::shrink
