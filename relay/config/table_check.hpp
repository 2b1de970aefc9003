// table_check.hpp - is a table fit for what is looked up in it?
//
// Asked where a configuration names the table, and again when its file is read anew.
#pragma once
#include <string>

#include "relay/config/context.hpp"

namespace mxlab::config {

/// Reports at `use` when the table is of the wrong kind, and each value that is not what `lookup`
/// needs at its own place. False: the table is of the wrong kind.
bool check_use(Report& report, const PlacedTable& placed, Lookup lookup, const Span& use);

}  // namespace mxlab::config
