#include "sim/shrink/edits.hpp"

#include <algorithm>

#include "sim/scenario/values.hpp"
#include "sim/scenario/words.hpp"
#include "sim/shrink/simpler.hpp"

namespace mxlab::shrink {
namespace {
using scenario::parse_duration;
using scenario::to_text;
using world::Duration;

void gather(const Tree& tree, Path& here, std::vector<Path>& out, bool wants_texts) {
  if (wants_texts ? tree.is_text() : !tree.children.empty()) out.push_back(here);
  for (std::size_t i = 0; i < tree.children.size(); ++i) {
    here.push_back(i);
    gather(tree.children[i], here, out, wants_texts);
    here.pop_back();
  }
}

/// "MX 10 mail.example.org" and "mail.example.org".
bool leads_to(const Tree& tree, const std::string& host) {
  if (!tree.is_text() || tree.block) return false;
  const auto blank = tree.text.rfind(' ');
  std::string_view last(tree.text);
  if (blank != std::string::npos) last.remove_prefix(blank + 1);
  if (last.ends_with('.')) last.remove_suffix(1);
  return last == host;
}

bool is_about(const Tree& tree, const std::string& host);

/// A map that cannot do without the host: a fault, a mail, a dialogue.
bool depends_on(const Tree& tree, const std::string& host) {
  return tree.is_map() &&
         std::any_of(tree.children.begin(), tree.children.end(), [&](const Tree& child) {
           return (child.key == "to" || child.key == "from" || child.key == "via") &&
                  child.is_text() && child.text == host;
         });
}

bool is_about(const Tree& tree, const std::string& host) {
  return tree.key == host || leads_to(tree, host) || depends_on(tree, host);
}

/// True when the tree had something and has nothing left.
bool cut_host(Tree& tree, const std::string& host) {
  if (tree.children.empty()) return false;
  std::erase_if(tree.children,
                [&](Tree& child) { return is_about(child, host) || cut_host(child, host); });
  return tree.children.empty();
}

std::optional<Duration> time_of(const Tree& step) {
  const Tree* at = step.find("at");
  return at != nullptr && at->is_text() ? parse_duration(at->text) : std::nullopt;
}

/// The latest `at` of the steps before this one.
Duration time_before(const Tree& steps, std::size_t step) {
  Duration latest{};
  for (std::size_t i = 0; i < step; ++i)
    latest = std::max(latest, time_of(steps.children[i]).value_or(latest));
  return latest;
}

Tree moved(const Tree& tree, std::size_t first, Duration by) {
  Tree out = tree;
  Tree& steps = *out.find("steps");
  for (std::size_t i = first; i < steps.children.size(); ++i)
    if (const auto time = time_of(steps.children[i]))
      steps.children[i].set("at", to_text(*time - by));
  return out;
}

bool has_time(const Tree& step, std::string_view word) { return step.find(word) != nullptr; }

/// Whether what the step does could be done at the end of the step before it.
bool can_join(const Tree& before, const Tree& step) {
  if (before.find("expect") != nullptr || has_time(step, "when") || has_time(step, "name"))
    return false;
  const Tree* after = step.find("after");
  if (after != nullptr && (!after->is_text() || parse_duration(after->text) != Duration{}))
    return false;
  const auto time = time_of(step);
  if (time && time_of(before) != time) return false;
  return std::none_of(step.children.begin(), step.children.end(), [&](const Tree& child) {
    return child.key != "at" && before.find(child.key) != nullptr;
  });
}

}  // namespace

const Tree& at(const Tree& tree, const Path& path) {
  const Tree* here = &tree;
  for (const std::size_t child : path) here = &here->children.at(child);
  return *here;
}

Tree& at(Tree& tree, const Path& path) {
  Tree* here = &tree;
  for (const std::size_t child : path) here = &here->children.at(child);
  return *here;
}

std::vector<std::string> keys_of(const Tree& tree, const Path& path) {
  std::vector<std::string> keys;
  const Tree* here = &tree;
  for (const std::size_t child : path) {
    here = &here->children.at(child);
    keys.push_back(here->key);
  }
  return keys;
}

std::vector<Path> containers(const Tree& tree) {
  std::vector<Path> out;
  Path here;
  gather(tree, here, out, false);
  return out;
}

std::vector<Path> texts(const Tree& tree) {
  std::vector<Path> out;
  Path here;
  gather(tree, here, out, true);
  return out;
}

Tree without_host(const Tree& tree, const std::string& host) {
  Tree out = tree;
  cut_host(out, host);
  return out;
}

Tree without_children(const Tree& tree, const Path& container,
                      const std::vector<std::size_t>& gone) {
  const auto keys = keys_of(tree, container);
  Tree out = tree;
  if (keys.size() == 1 && keys[0] == "hosts") {
    for (const std::size_t child : gone)
      out = without_host(out, at(tree, container).children.at(child).key);
    return out;
  }
  auto& children = at(out, container).children;
  for (auto child = gone.rbegin(); child != gone.rend(); ++child)
    children.erase(children.begin() + static_cast<std::ptrdiff_t>(*child));
  return out;
}

std::size_t lines_of(const Tree& text) {
  return static_cast<std::size_t>(std::count(text.text.begin(), text.text.end(), '\n'));
}

Tree without_lines(const Tree& tree, const Path& text, Cut lines) {
  Tree out = tree;
  std::string& all = at(out, text).text;
  const auto begin_of = [&](std::size_t line) {
    std::size_t begin = 0;
    while (line-- > 0 && begin < all.size())
      begin = std::min(all.find('\n', begin), all.size()) + 1;
    return std::min(begin, all.size());
  };
  const std::size_t begin = begin_of(lines.from), end = begin_of(lines.from + lines.count);
  all.erase(begin, end - begin);
  return out;
}

std::vector<Tree> with_simpler_value(const Tree& tree, const Path& text) {
  std::vector<Tree> out;
  const Tree& old = at(tree, text);
  for (std::string& value : simpler_values(old.key, old.text)) {
    out.push_back(tree);
    at(out.back(), text).text = std::move(value);
  }
  return out;
}

std::vector<Tree> with_shorter_wait(const Tree& tree, std::size_t step) {
  std::vector<Tree> out;
  const Tree& steps = *tree.find("steps");
  const auto time = time_of(steps.children.at(step));
  if (!time) return out;
  const Duration before = time_before(steps, step);
  for (const Duration wait : simpler_times(*time - before))
    out.push_back(moved(tree, step, *time - before - wait));
  return out;
}

std::optional<Tree> with_unwrapped(const Tree& tree, const Path& list) {
  const Tree& old = at(tree, list);
  if (!old.is_list() || old.children.size() != 1 || old.key.empty() || old.key == "steps")
    return std::nullopt;
  Tree out = tree;
  Tree one = old.children.front();
  one.key = old.key;
  at(out, list) = std::move(one);
  return out;
}

std::optional<Tree> with_merged_step(const Tree& tree, std::size_t step) {
  Tree out = tree;
  auto& steps = out.find("steps")->children;
  if (step == 0 || !can_join(steps[step - 1], steps[step])) return std::nullopt;
  for (Tree& child : steps[step].children)
    if (child.key != "at" && child.key != "after") steps[step - 1].children.push_back(child);
  steps.erase(steps.begin() + static_cast<std::ptrdiff_t>(step));
  return out;
}

}  // namespace mxlab::shrink
