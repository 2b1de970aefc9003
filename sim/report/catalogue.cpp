#include "sim/report/catalogue.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <sstream>

#include "sim/report/story.hpp"
#include "sim/run/load.hpp"

namespace mxlab::report {
namespace {

constexpr std::size_t kWidth = 96;

struct Group {
  const char* name;
  const char* about;
};
/// In the order in which somebody would read them.
constexpr std::array<Group, 4> kGroups{{
    {"tutorial", "what the tutorial shows, second by second"},
    {"useful", "what every operator meets sooner or later"},
    {"weird", "what should not happen, and does"},
    {"", "of no group"},
}};

/// Lines of at most kWidth bytes, each behind the indent.
std::string wrapped(const std::string& text, const std::string& indent) {
  std::istringstream words(text);
  std::string out, line, word;
  while (words >> word) {
    if (!line.empty() && indent.size() + line.size() + 1 + word.size() > kWidth) {
      out += indent + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return line.empty() ? out : out + indent + line + "\n";
}

std::string entry_text(const CatalogueEntry& entry, bool detailed, const Paint& paint) {
  if (entry.wrong)
    return fmt::format("  {}\n    {} (mxlab check {} says why)\n", paint.bold(entry.file),
                       paint.red("is wrong"), entry.file);
  std::string text = fmt::format("  {}\n{}", paint.bold(entry.name), wrapped(entry.learn, "    "));
  if (detailed) text += "\n" + wrapped(entry.explain, "    ") + "\n";
  return text + fmt::format("    {}\n", paint.dim("mxlab run " + entry.file));
}

std::string page_row(const CatalogueEntry& entry) {
  // A bar would end the cell.
  const auto cell = [](std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != text.npos; at += 2) text.insert(at, "\\");
    return text;
  };
  return fmt::format("| [{}](../{}) | {} | `mxlab run {}` |\n", cell(entry.name), entry.file,
                     cell(entry.learn), entry.file);
}

std::vector<CatalogueEntry> in(const std::vector<CatalogueEntry>& entries,
                               const std::string& group) {
  std::vector<CatalogueEntry> found;
  std::copy_if(entries.begin(), entries.end(), std::back_inserter(found),
               [&](const CatalogueEntry& entry) { return entry.group == group; });
  return found;
}

}  // namespace

std::vector<CatalogueEntry> read_catalogue(const std::vector<std::string>& files) {
  std::vector<CatalogueEntry> entries;
  for (const std::string& file : files) {
    CatalogueEntry entry;
    entry.file = file;
    const sim::Loaded loaded = sim::load_scenario(file);
    entry.wrong = !loaded.scenario;
    if (loaded.scenario) {
      entry.group = loaded.scenario->group;
      entry.name = one_line(loaded.scenario->name);
      entry.explain = one_line(loaded.scenario->explain);
      entry.learn = one_line(loaded.scenario->learn);
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<CatalogueEntry> of_group(std::vector<CatalogueEntry> entries,
                                     const std::string& group) {
  return group.empty() ? std::move(entries) : in(entries, group);
}

std::string catalogue_text(const std::vector<CatalogueEntry>& entries, bool detailed,
                           const Paint& paint) {
  std::string text;
  for (const Group& group : kGroups) {
    const auto members = in(entries, group.name);
    if (members.empty()) continue;
    const std::string title =
        *group.name ? fmt::format("{}: {}", group.name, group.about) : std::string(group.about);
    text += paint.cyan(title) + "\n\n";
    for (const CatalogueEntry& entry : members) text += entry_text(entry, detailed, paint) + "\n";
  }
  return text + fmt::format("{} scenario{}\n", entries.size(), entries.size() == 1 ? "" : "s");
}

std::string catalogue_page(const std::vector<CatalogueEntry>& entries) {
  std::string page = fmt::format(
      "# The catalogue\n\n{} scenarios, each one behaviour: what it is called, what you will "
      "learn, "
      "and how to run it. The link leads to the story itself. Written by `scripts/reports` from "
      "the "
      "files.\n",
      entries.size());
  for (const Group& group : kGroups) {
    const auto members = in(entries, group.name);
    if (members.empty()) continue;
    page += fmt::format(
        "\n## {}{}{} ({})\n\n| story | what you will learn | command |\n|---|---|---|\n",
        group.name, *group.name ? ": " : "", group.about, members.size());
    for (const CatalogueEntry& entry : members) page += page_row(entry);
  }
  return page;
}

}  // namespace mxlab::report
