// write_tree.cpp - a tree as YAML text.
#include <algorithm>
#include <fmt/format.h>

#include "sim/scenario/tree.hpp"

namespace mxlab::scenario {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kStep = 2;  // of the indentation
constexpr std::string_view kSections[] = {"dns", "hosts", "steps", "always"};

enum class Where { kBlock, kFlow };

// --- texts on one line ---------------------------------------------------------------------------

/// Whether YAML would take the text for something else when it stands there without quotes.
bool needs_quotes(std::string_view text, Where where) {
  const auto is_blank = [](char c) { return c == ' '; };
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; };
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL" ||
      is_blank(text.front()) || is_blank(text.back()) || text.back() == ':')
    return true;
  if (std::string_view(",[]{}#&*!|>'\"%@`").find(text.front()) != text.npos) return true;
  if (std::string_view("-?:").find(text.front()) != text.npos &&
      (text.size() == 1 || is_blank(text[1]) || text.front() != '-'))
    return true;
  if (std::any_of(text.begin(), text.end(), is_control)) return true;
  if (text.find(": ") != text.npos || text.find(" #") != text.npos) return true;
  return where == Where::kFlow && text.find_first_of(",[]{}:") != text.npos;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else
      out += c;
  }
  return out + "\"";
}

std::string scalar(std::string_view text, Where where) {
  return needs_quotes(text, where) ? quoted(text) : std::string(text);
}

bool fits_one_line(const Tree& tree) {
  if (tree.block) return false;
  return std::all_of(tree.children.begin(), tree.children.end(), fits_one_line);
}

/// "{from: a@example.net, to: [b@example.org, c@example.org]}".
std::string flow(const Tree& tree) {
  if (tree.is_text()) return scalar(tree.text, Where::kFlow);
  if (!tree.is_list() && !tree.is_map()) return "~";
  std::string out;
  for (const Tree& child : tree.children) {
    if (!out.empty()) out += ", ";
    if (tree.is_map()) out += scalar(child.key, Where::kFlow) + ": ";
    out += flow(child);
  }
  return tree.is_map() ? "{" + out + "}" : "[" + out + "]";
}

// --- texts of several lines ----------------------------------------------------------------------

/// Prose is folded, what a program reads is not.
bool is_paragraph(const Tree& tree) {
  const std::string& text = tree.text;
  const auto end = std::min(text.find('\n'), text.size());
  return (tree.key == "explain" || tree.key == "learn") && end + 1 >= text.size() &&
         text.find("  ") == text.npos && text.front() != ' ';
}

/// What stands behind | or >: how the text's last line ends.
std::string_view chomping(std::string_view text) {
  if (!text.ends_with('\n')) return "-";
  return text.ends_with("\n\n") || text == "\n" ? "+" : "";
}

std::string folded(std::string_view text, const std::string& margin) {
  std::string out, line = margin;
  std::string_view rest = text.substr(0, text.find('\n'));
  while (!rest.empty()) {
    const auto word = rest.substr(0, rest.find(' '));
    if (line.size() > margin.size() && line.size() + 1 + word.size() > kColumns) {
      out += line + "\n";
      line = margin;
    }
    line += (line.size() > margin.size() ? " " : "") + std::string(word);
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  return out + line + "\n";
}

std::string literal(std::string_view text, const std::string& margin) {
  std::string out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    out += line.empty() ? "\n" : fmt::format("{}{}\n", margin, line);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return out;
}

std::string block_text(const Tree& tree, std::size_t indent) {
  const std::string& text = tree.text;
  if (text.empty() || text.find('\r') != text.npos) return " " + quoted(text) + "\n";
  const std::string margin(indent, ' ');
  if (is_paragraph(tree)) return fmt::format(" >{}\n{}", chomping(text), folded(text, margin));
  // A first line that begins with blanks would be taken for the margin.
  const bool ambiguous =
      text.find_first_not_of('\n') != text.npos && text[text.find_first_not_of('\n')] == ' ';
  return fmt::format(" |{}{}\n{}", ambiguous ? std::to_string(kStep) : "", chomping(text),
                     literal(text, margin));
}

// --- the tree ------------------------------------------------------------------------------------

std::string children_text(const Tree& tree, std::size_t indent);

/// What follows "key:" or "-", to the end of the line or of the block.
std::string value_text(const Tree& tree, std::size_t indent, std::size_t column) {
  if (tree.is_text() && tree.block) return block_text(tree, indent);
  if (tree.is_text()) return " " + scalar(tree.text, Where::kBlock) + "\n";
  const bool empty = tree.children.empty();
  if (!empty && !fits_one_line(tree)) return "\n" + children_text(tree, indent);
  const std::string line = " " + flow(tree) + "\n";
  if (empty || column + line.size() <= kColumns + 1) return line;
  return "\n" + children_text(tree, indent);
}

/// A map in a list begins behind the dash.
std::string item_text(const Tree& item, std::size_t indent, bool is_step) {
  const std::string margin(indent, ' ');
  if (item.is_map() && !item.children.empty() && (is_step || !fits_one_line(item))) {
    std::string text = children_text(item, indent + kStep);
    text[indent] = '-';
    return text;
  }
  return margin + "-" + value_text(item, indent + kStep, indent + 1);
}

std::string children_text(const Tree& tree, std::size_t indent) {
  std::string out;
  for (const Tree& child : tree.children) {
    if (tree.is_list()) {
      out += item_text(child, indent, tree.key == "steps");
      continue;
    }
    const std::string head = std::string(indent, ' ') + scalar(child.key, Where::kBlock) + ":";
    out += head + value_text(child, indent + kStep, head.size());
  }
  return out;
}

bool is_section(const Tree& child) {
  return !child.children.empty() &&
         std::find(std::begin(kSections), std::end(kSections), child.key) != std::end(kSections);
}

}  // namespace

std::string write_tree(const Tree& tree) {
  if (!tree.is_map()) return value_text(tree, 0, 0).substr(1);
  std::string out;
  bool after_section = false;
  for (const Tree& child : tree.children) {
    const std::string head = scalar(child.key, Where::kBlock) + ":";
    const bool section = is_section(child);
    if (!out.empty() && (section || after_section)) out += "\n";
    out += head +
           (section ? "\n" + children_text(child, kStep) : value_text(child, kStep, head.size()));
    after_section = section;
  }
  return out;
}

}  // namespace mxlab::scenario
