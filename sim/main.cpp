// main.cpp - mxlab: scenarios of mail, played by the real relay on virtual time.
#include "sim/cli/commands.hpp"

int main(int argc, char** argv) {
  CLI::App app("A lab for mail: plays scenarios with the real relay on virtual time.", "mxlab");
  app.set_version_flag("--version", "mxlab " MXLAB_VERSION);
  app.footer(
      "Examples:\n"
      "  mxlab run                                     every scenario below scenarios/\n"
      "  mxlab run scenarios/blog --monitor            the tutorial, with everybody's monitor\n"
      "  mxlab replay scenarios/blog/experiment-2.yaml --until 310s\n\n"
      "mxlab COMMAND --help tells more of each.");
  return mxlab::cli::run_program(app, argc, argv);
}
