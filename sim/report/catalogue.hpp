// catalogue.hpp - which scenarios there are, by group: what each shows, and what is to be learnt.
#pragma once
#include <string>
#include <vector>

#include "sim/report/paint.hpp"

namespace mxlab::report {

/// One file; `wrong` when it cannot be read, and then nothing else is known of it.
struct CatalogueEntry {
  std::string file, group, name, explain, learn;  // each text on one line
  bool wrong = false;
};

/// In the order of the files.
std::vector<CatalogueEntry> read_catalogue(const std::vector<std::string>& files);

/// Without the entries of other groups; an empty `group` keeps all.
std::vector<CatalogueEntry> of_group(std::vector<CatalogueEntry> entries, const std::string& group);

/// For a terminal: name, what is to be learnt, the file. `detailed` tells the story as well.
std::string catalogue_text(const std::vector<CatalogueEntry>& entries, bool detailed,
                           const Paint& paint);

/// A page in Markdown, which lies in a folder beside that of the scenarios.
std::string catalogue_page(const std::vector<CatalogueEntry>& entries);

}  // namespace mxlab::report
