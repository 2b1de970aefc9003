// file_loader.hpp - reads configuration and table files, within limits.
#pragma once
#include <string>

#include "relay/config/context.hpp"

namespace mxlab::config {

/// Null, after reporting it at `from`, if the file cannot be read. Sources live as long as the
/// parse.
const Source* load_table(Context& context, const Span& from, const std::string& path);
const Source* load_config(Context& context, const Span& from, const std::string& path);

}  // namespace mxlab::config
