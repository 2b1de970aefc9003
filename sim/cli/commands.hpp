// commands.hpp - the commands of mxlab; each adds itself to the program's command line.
#pragma once
#include <CLI/CLI.hpp>

namespace mxlab::cli {

/// What main() returns; set by the command that ran.
struct Exit {
  int code = 0;
};

void add_run(CLI::App& app, Exit& exit);

}  // namespace mxlab::cli
