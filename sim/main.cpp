// main.cpp - mxlab: scenarios of mail, played by the real relay on virtual time.
#include <fmt/format.h>

#include "sim/cli/commands.hpp"

int main(int argc, char** argv) {
  mxlab::cli::Exit exit;
  CLI::App app("A lab for mail: plays scenarios with the real relay on virtual time.", "mxlab");
  app.set_version_flag("--version", "mxlab " MXLAB_VERSION);
  app.require_subcommand(1);
  mxlab::cli::add_run(app, exit);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "mxlab: {}\n", error.what());
    return 2;
  }
  return exit.code;
}
