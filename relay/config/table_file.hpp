// table_file.hpp - the text of a table file: one value a line, or "key value", "key: value",
// "key = value".
#pragma once
#include <string>

#include "relay/config/context.hpp"

namespace mxlab::config {

/// The file's kind is that of its first entry, or "# @list"; an empty file is an empty mapping, as
/// a fresh aliases(5) is. The source outlives the table's places.
PlacedTable read_table_file(const std::string& name, const Source& source, Report& report);

}  // namespace mxlab::config
